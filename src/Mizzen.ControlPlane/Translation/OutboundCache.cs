using Google.Protobuf;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Everything outbound of one kind of client.</summary>
internal sealed record OutboundResources(
    ClientScope Client,
    IReadOnlyDictionary<string, IMessage> Listeners,
    IReadOnlyDictionary<string, IMessage> Routes,
    IReadOnlyDictionary<string, IMessage> Clusters,
    IReadOnlyDictionary<string, IMessage> Endpoints,
    IReadOnlyDictionary<string, IMessage> Names);

/// <summary>
/// Keeps what is outbound for each kind of client. Listeners, routes and clusters depend on services and rules; endpoints change far more
/// often, and are kept on their own.
/// </summary>
internal sealed class OutboundCache(ServedHosts hosts)
{
    private const int MostKinds = 500;
    private readonly Kept<Key, Configuration> _configurations = new(MostKinds);
    private readonly Kept<(Key, ClientPlace), OutboundResources> _resources = new(MostKinds);
    private readonly ServiceClusters _clusters = new();
    private readonly ClusterSets _sets = new();

    public OutboundResources For(MeshSnapshot mesh, ProxyView proxy, Sidecar? sidecar)
    {
        var labels = Asked(mesh, proxy);
        var key = new Key(
            proxy.Type,
            proxy.Namespace,
            $"{sidecar?.Metadata.Namespace}/{sidecar?.Metadata.Name}",
            string.Join(',', labels.Select(label => $"{label.Key}={label.Value}")),
            proxy.CapturesNames);
        object?[] parts =
        [
            mesh.Services, mesh.Endpoints.InConfiguration, mesh.Endpoints.Identities, mesh.PeerAuthentications, mesh.VirtualServices, mesh.DestinationRules, mesh.Mesh, sidecar,
            proxy.Type == ProxyType.Router ? mesh.GatewayApi.BackendTls : null,
        ];
        var configuration = _configurations.Get(key, parts, last => Configure(new ClientScope(mesh, proxy.Type, proxy.Namespace, sidecar, labels, proxy.CapturesNames), mesh, last));

        // Where places mean nothing, clients of all places share.
        var place = configuration.Clusters.HasPlaces ? ClientPlace.Of(mesh.Workloads.Find(proxy.Namespace, proxy.Name)) : ClientPlace.Anywhere;
        return _resources.Get((key, place), [configuration, mesh.Endpoints, mesh.PeerAuthentications], _ => new OutboundResources(
            configuration.Client,
            configuration.Listeners,
            configuration.Routes,
            configuration.Clusters.Clusters,
            configuration.Clusters.EndpointsFor(configuration.Client, place, mesh.Endpoints, _clusters).ByCluster,
            configuration.Names));
    }

    private Configuration Configure(ClientScope client, MeshSnapshot mesh, Configuration? last)
    {
        var sidecar = client.Type == ProxyType.Sidecar ? SidecarListeners.Of(client, mesh.Endpoints, hosts) : null;
        var clusters = new Dictionary<string, IMessage>(StringComparer.Ordinal);
        var discovered = new List<DiscoveredCluster>();
        foreach (var visible in client.Services)
        {
            foreach (var port in Routed(visible, client))
            {
                foreach (var made in _clusters.Of(visible.Service, port, client, mesh.Endpoints))
                {
                    clusters[made.Cluster.Name] = made.Cluster;
                    if (made.IsDiscovered)
                    {
                        discovered.Add(made);
                    }
                }
            }
        }

        clusters[EnvoyNames.BlackHoleCluster] = Clusters.BlackHole(client.Mesh);
        clusters[EnvoyNames.PassthroughCluster] = Clusters.Passthrough(client.Mesh);
        return new Configuration(
            client,
            Shared((sidecar?.Listeners ?? []).Select(entry => (entry.Key, (IMessage)entry.Value)), last?.Listeners),
            Shared((sidecar?.Tables ?? []).Select(entry => (entry.Key, (IMessage)entry.Value)), last?.Routes),
            Shared(client.CapturesNames ? [(NameTables.ResourceName, NameTables.Of(client, mesh.Endpoints))] : [], last?.Names),
            _sets.Of(new ClusterSet(Shared(clusters.Select(entry => (entry.Key, entry.Value)), last?.Clusters.Clusters), discovered)));
    }

    /// <summary>Ports that clients of that kind send to. Of a port that speaks both, connections decide; only gateways route datagrams.</summary>
    private static IEnumerable<MeshPort> Routed(VisibleService service, ClientScope client) => service.Ports
        .Where(port => port.Protocol != PortProtocol.Udp || (client.Type == ProxyType.Router && !service.Ports.Any(other => other != port && other.Number == port.Number)));

    /// <summary>Messages that are equal to those before are those before; when all are, so is the whole.</summary>
    private static IReadOnlyDictionary<string, IMessage> Shared(IEnumerable<(string Name, IMessage Message)> made, IReadOnlyDictionary<string, IMessage>? last)
    {
        var shared = new Dictionary<string, IMessage>(StringComparer.Ordinal);
        var same = last is not null;
        foreach (var (name, message) in made)
        {
            var isKnown = last is not null && last.TryGetValue(name, out var known) && (ReferenceEquals(known, message) || known.Equals(message));
            same &= isKnown;
            shared[name] = isKnown ? last![name] : message;
        }

        return same && shared.Count == last!.Count ? last : shared;
    }

    /// <summary>Of the proxy's labels only those that any rule asks for: the others make no difference.</summary>
    private static SortedDictionary<string, string> Asked(MeshSnapshot mesh, ProxyView proxy)
    {
        var asked = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in mesh.VirtualServices.SourceLabels.Concat(mesh.DestinationRules.ClientLabels))
        {
            if (proxy.Labels.TryGetValue(name, out var value))
            {
                asked[name] = value;
            }
        }

        return asked;
    }

    private sealed record Key(ProxyType Type, string Namespace, string Sidecar, string Labels, bool CapturesNames);

    private sealed record Configuration(
        ClientScope Client,
        IReadOnlyDictionary<string, IMessage> Listeners,
        IReadOnlyDictionary<string, IMessage> Routes,
        IReadOnlyDictionary<string, IMessage> Names,
        ClusterSet Clusters);
}
