using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Clusters;

/// <summary>One endpoint as one loop knows it: it outlives configuration changes as long as its address stays.</summary>
internal sealed class EndpointState(ClusterState cluster, EndpointModel model, NetAddress address, EndpointHealth health, long now)
{
    public ClusterState Cluster { get; } = cluster;

    public EndpointModel Model { get; set; } = model;

    public NetAddress Address { get; } = address;

    /// <summary>Requests (or TCP connections) of this loop under way.</summary>
    public int Active { get; set; }

    /// <summary>What outlier detection and health checks know of it, shared with the other loops.</summary>
    public EndpointHealth Health { get; } = health;

    /// <summary>Loop time in milliseconds when it became known.</summary>
    public long Since { get; } = now;

    /// <summary>How far ahead of its share it is (smooth weighted round robin).</summary>
    public long Credit { get; set; }

    /// <summary>No longer part of its cluster.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>Connections of this loop by HTTP/1.1, owned by the upstream room.</summary>
    public object? Http1 { get; set; }

    /// <summary>Connections of this loop by HTTP/2, owned by the upstream room.</summary>
    public object? Http2 { get; set; }

    /// <summary>The pools by client, where the endpoint is told for whom a connection is.</summary>
    public object? ClientPools { get; set; }

    /// <summary>TLS sessions to resume, owned by the upstream room.</summary>
    public object? Sessions { get; set; }

    public bool IsUsable(long now) => Model.IsHealthy && !Model.IsDraining && !Health.FailsChecks && Health.EjectedUntil <= now;
}
