using System.Collections.Concurrent;

using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Clusters;

/// <summary>What the loops know of a cluster together: the use of its circuit limits and the health of its endpoints.</summary>
internal sealed class SharedCluster
{
    private readonly ConcurrentDictionary<NetAddress, EndpointHealth> _health = [];

    public CircuitGauge Circuit { get; } = new();

    /// <summary>The health of an endpoint; the same for every loop. Asked when a loop first meets the endpoint, never per request.</summary>
    public EndpointHealth HealthOf(NetAddress endpoint) => _health.GetOrAdd(endpoint, static _ => new EndpointHealth());

    /// <summary>What is held against an endpoint, at a loop time in milliseconds; nothing against one that no loop has met.</summary>
    public EndpointVerdict VerdictOf(NetAddress endpoint, long now) =>
        _health.TryGetValue(endpoint, out var health) ? new EndpointVerdict(health.FailsChecks, health.EjectedUntil > now) : default;

    /// <summary>The endpoint is gone: when it comes back it begins anew.</summary>
    public void Forget(NetAddress endpoint) => _health.TryRemove(endpoint, out _);
}

/// <summary>The shared parts of all clusters. Asked when a loop first meets a cluster, never per request.</summary>
internal sealed class SharedClusters
{
    private readonly ConcurrentDictionary<ClusterKey, SharedCluster> _clusters = [];

    public SharedCluster Of(ClusterKey key) => _clusters.GetOrAdd(key, static _ => new SharedCluster());
}
