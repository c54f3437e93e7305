using Google.Protobuf;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>The clusters of one kind of client, or of several that have the same.</summary>
/// <param name="clusters">By name.</param>
/// <param name="discovered">Those whose endpoints come on their own.</param>
internal sealed class ClusterSet(IReadOnlyDictionary<string, IMessage> clusters, IReadOnlyList<DiscoveredCluster> discovered)
{
    private const int MostPlaces = 100;
    private readonly HashSet<object> _discovered = new(discovered, ReferenceEqualityComparer.Instance);
    private readonly Kept<(ClientPlace Place, string Labels), EndpointAssignments> _endpoints = new(MostPlaces);

    public IReadOnlyDictionary<string, IMessage> Clusters => clusters;

    /// <summary>Whether it matters to any of them where a client is.</summary>
    public bool HasPlaces { get; } = discovered.Any(cluster => cluster.Places is not null);

    private bool HasLabels { get; } = discovered.Any(cluster => cluster.Places?.Priority is not null);

    /// <summary>The endpoints, for all clients of a place; those with other labels are told apart only where labels decide.</summary>
    public EndpointAssignments EndpointsFor(ClientScope client, ClientPlace place, EndpointIndex index, ServiceClusters made) => _endpoints.Get(
        (place, HasLabels ? client.LabelText : ""),
        [index, client.Policies],
        last => EndpointAssignments.Of(discovered, index, client.Policies, (cluster, endpoints) => made.EndpointsOf(cluster, endpoints, client, place), last));

    /// <summary>Whether another one holds the same objects, in whatever order: a client's own namespace comes first.</summary>
    public bool IsSameAs(ClusterSet other) =>
        clusters.Count == other.Clusters.Count && _discovered.SetEquals(other._discovered)
        && clusters.All(cluster => other.Clusters.TryGetValue(cluster.Key, out var known) && ReferenceEquals(known, cluster.Value));
}

/// <summary>Gives clients that have the same clusters the same set, which is then encoded and compared once. Safe for use by several threads.</summary>
internal sealed class ClusterSets
{
    private const int MostRecent = 16;
    private readonly Lock _gate = new();
    private readonly List<WeakReference<ClusterSet>> _recent = [];

    /// <summary>The set that is known already, or this one from now on.</summary>
    public ClusterSet Of(ClusterSet made)
    {
        lock (_gate)
        {
            foreach (var reference in _recent)
            {
                if (reference.TryGetTarget(out var known) && known.IsSameAs(made))
                {
                    return known;
                }
            }

            _recent.Insert(0, new WeakReference<ClusterSet>(made));
            if (_recent.Count > MostRecent)
            {
                _recent.RemoveAt(MostRecent);
            }

            return made;
        }
    }
}
