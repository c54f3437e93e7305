using Envoy.Config.Endpoint.V3;
using Google.Protobuf;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>The endpoints of all clusters of one kind of client, and what each was made from: a change makes anew what it touches.</summary>
internal sealed class EndpointAssignments
{
    private readonly IReadOnlyList<DiscoveredCluster> _clusters;
    private readonly ServiceEndpoints[] _sources;
    private readonly PeerAuthenticationIndex _policies;
    private readonly EndpointIndex _index;

    private EndpointAssignments(
        IReadOnlyList<DiscoveredCluster> clusters, ServiceEndpoints[] sources, PeerAuthenticationIndex policies, EndpointIndex index, IReadOnlyDictionary<string, IMessage> byCluster)
    {
        (_clusters, _sources, _policies, _index, ByCluster) = (clusters, sources, policies, index, byCluster);
    }

    /// <summary>By the name of the cluster. The same dictionary as before when nothing has changed.</summary>
    public IReadOnlyDictionary<string, IMessage> ByCluster { get; }

    /// <param name="clusters">The clusters whose endpoints come on their own; the same list as before while they are the same.</param>
    /// <param name="index">Where services are served.</param>
    /// <param name="policies">Which endpoints take mutual TLS.</param>
    /// <param name="make">Makes the endpoints of one cluster.</param>
    /// <param name="last">What the same kind of client had before; null for none.</param>
    public static EndpointAssignments Of(
        IReadOnlyList<DiscoveredCluster> clusters,
        EndpointIndex index,
        PeerAuthenticationIndex policies,
        Func<DiscoveredCluster, ServiceEndpoints, ClusterLoadAssignment> make,
        EndpointAssignments? last)
    {
        var known = last is not null && ReferenceEquals(last._clusters, clusters) && ReferenceEquals(last._policies, policies) ? last : null;
        if (ReferenceEquals(known?._index, index))
        {
            return known!;
        }

        var sources = new ServiceEndpoints[clusters.Count];
        var byCluster = known is null ? new Dictionary<string, IMessage>(clusters.Count, StringComparer.Ordinal) : null;
        for (var i = 0; i < sources.Length; i++)
        {
            var source = sources[i] = index.Of(clusters[i].Service);
            if (known is null || !ReferenceEquals(source, known._sources[i]))
            {
                byCluster ??= new Dictionary<string, IMessage>(known!.ByCluster, StringComparer.Ordinal);
                byCluster[clusters[i].Cluster.Name] = make(clusters[i], source);
            }
        }

        return new EndpointAssignments(clusters, sources, policies, index, byCluster ?? known!.ByCluster);
    }
}
