using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>A cluster, and what its endpoints are chosen by.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Service">Whose endpoints.</param>
/// <param name="Port">The number of the service's port.</param>
/// <param name="Subset">Which of them; null for all.</param>
internal sealed record DiscoveredCluster(Cluster Cluster, MeshService Service, int Port, Subset? Subset)
{
    /// <summary>Whether its endpoints come on their own.</summary>
    public bool IsDiscovered => Cluster.Type == Cluster.Types.DiscoveryType.Eds;

    /// <summary>What the places of client and endpoints mean; null for nothing.</summary>
    public LocalitySettings? Places { get; init; }
}

/// <summary>Makes the clusters and endpoints of a service once for all clients that treat it alike, and forgets them with it.</summary>
internal sealed class ServiceClusters
{
    private readonly ConditionalWeakTable<MeshService, ConcurrentDictionary<Key, IReadOnlyList<DiscoveredCluster>>> _clusters = [];
    private readonly ConditionalWeakTable<ServiceEndpoints, ConcurrentDictionary<(string Cluster, Subset? Subset, LocalitySettings? Places, ClientPlace Place, string Labels, PeerAuthenticationIndex Policies), ClusterLoadAssignment>> _endpoints = [];

    public IReadOnlyList<DiscoveredCluster> Of(MeshService service, MeshPort port, ClientScope client, EndpointIndex endpoints)
    {
        // Only a DNS cluster carries its endpoints with it.
        var carried = service.Resolution is Resolution.Dns or Resolution.DnsRoundRobin ? endpoints.Of(service) : ServiceEndpoints.None;
        var key = new Key(port.Number, client.RuleOf(service), carried, client.Type, client.Mesh, client.IdentityOf(service, endpoints), client.TlsOf(service, port));
        var known = _clusters.GetOrCreateValue(service);
        if (known.Count > 100)
        {
            // Rules and settings that are gone would otherwise stay as long as the service does.
            known.Clear();
        }

        return known.GetOrAdd(key, _ => [.. Clusters.OfPort(service, port, key.Rule, carried, key.Type, key.Mesh, key.Identity, key.Tls)]);
    }

    public ClusterLoadAssignment EndpointsOf(DiscoveredCluster cluster, ServiceEndpoints endpoints, ClientScope client, ClientPlace place)
    {
        var name = cluster.Cluster.Name;
        if (ReferenceEquals(endpoints, ServiceEndpoints.None))
        {
            return new ClusterLoadAssignment { ClusterName = name };
        }

        var known = _endpoints.GetOrCreateValue(endpoints);
        return cluster.Places is not { } places
            ? known.GetOrAdd((name, cluster.Subset, null, ClientPlace.Anywhere, "", client.Policies), _ => Endpoints.Of(name, endpoints.Of(cluster.Port), cluster.Subset, client.Policies))
            : known.GetOrAdd(
                (name, cluster.Subset, places, place, places.Priority is null ? "" : client.LabelText, client.Policies),
                _ => LocalityEndpoints.Of(name, Endpoints.OfSubset(endpoints.Of(cluster.Port), cluster.Subset), places, place, client.Labels, client.Policies));
    }

    private readonly struct Key(
        int port, MeshDestinationRule? rule, ServiceEndpoints endpoints, ProxyType type, MeshConfig mesh, ServerIdentity identity, BackendTls? tls) : IEquatable<Key>
    {
        public MeshDestinationRule? Rule => rule;

        public ProxyType Type => type;

        public MeshConfig Mesh => mesh;

        public ServerIdentity Identity => identity;

        public BackendTls? Tls => tls;

        private int Port => port;

        private ServiceEndpoints Endpoints => endpoints;

        public bool Equals(Key other) => Port == other.Port && Type == other.Type && ReferenceEquals(Rule, other.Rule) && ReferenceEquals(Tls, other.Tls)
            && ReferenceEquals(Endpoints, other.Endpoints) && Identity.IsSameAs(other.Identity) && ReferenceEquals(Mesh, other.Mesh);

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        public override int GetHashCode() => HashCode.Combine(
            port, type, rule is null ? 0 : RuntimeHelpers.GetHashCode(rule), RuntimeHelpers.GetHashCode(endpoints), RuntimeHelpers.GetHashCode(mesh));
    }
}
