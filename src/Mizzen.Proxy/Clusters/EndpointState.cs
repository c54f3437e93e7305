using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Clusters;

/// <summary>One endpoint as one loop knows it: it outlives configuration changes as long as its address stays.</summary>
internal sealed class EndpointState(ClusterState cluster, EndpointModel model, NetAddress address)
{
    public ClusterState Cluster { get; } = cluster;

    public EndpointModel Model { get; set; } = model;

    public NetAddress Address { get; } = address;

    /// <summary>Requests (or TCP connections) of this loop under way.</summary>
    public int Active { get; set; }

    /// <summary>Loop time until which outlier detection keeps it out; 0 when it is in.</summary>
    public long EjectedUntil { get; set; }

    /// <summary>Consecutive failures as outlier detection counts them.</summary>
    public int ConsecutiveServerErrors { get; set; }

    public int ConsecutiveGatewayErrors { get; set; }

    public int Ejections { get; set; }

    /// <summary>No longer part of its cluster.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>Connections of this loop, owned by the upstream room.</summary>
    public object? Pool { get; set; }

    /// <summary>TLS sessions to resume, owned by the upstream room.</summary>
    public object? Sessions { get; set; }

    public bool IsUsable(long now) => Model.IsHealthy && !Model.IsDraining && EjectedUntil <= now;
}
