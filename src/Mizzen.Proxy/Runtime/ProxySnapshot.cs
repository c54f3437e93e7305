using System.Collections.Frozen;

namespace Mizzen.Proxy.Runtime;

/// <summary>
/// Everything that serving traffic depends on, compiled and immutable. Loops swap one reference between turns; exchanges in flight keep theirs.
/// </summary>
internal sealed class ProxySnapshot
{
    private readonly ClusterModel?[] _clustersByOrdinal;

    public ProxySnapshot(long generation, IReadOnlyList<ListenerModel> listeners, IEnumerable<ClusterModel> clusters, bool isComplete)
    {
        Generation = generation;
        Listeners = listeners;
        IsComplete = isComplete;
        Clusters = clusters.ToFrozenDictionary(cluster => cluster.Key.Name, StringComparer.Ordinal);
        _clustersByOrdinal = new ClusterModel?[Clusters.Count == 0 ? 0 : Clusters.Values.Max(cluster => cluster.Key.Ordinal) + 1];
        foreach (var cluster in Clusters.Values)
        {
            _clustersByOrdinal[cluster.Key.Ordinal] = cluster;
        }
    }

    public static ProxySnapshot Empty { get; } = new(0, [], [], isComplete: false);

    /// <summary>Counts up with every accepted change.</summary>
    public long Generation { get; }

    /// <summary>The first listeners and clusters have been received: with bound listeners this makes the proxy ready.</summary>
    public bool IsComplete { get; }

    public IReadOnlyList<ListenerModel> Listeners { get; }

    /// <summary>By name.</summary>
    public FrozenDictionary<string, ClusterModel> Clusters { get; }

    /// <summary>The cluster of that key, null when the configuration has none (Envoy's NC).</summary>
    public ClusterModel? Find(ClusterKey key) => key.Ordinal < _clustersByOrdinal.Length ? _clustersByOrdinal[key.Ordinal] : null;
}
