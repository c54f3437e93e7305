using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Observation.Metrics;

/// <summary>What Istio's metrics call the destination where configuration names no service.</summary>
internal static class DestinationServices
{
    private static readonly ServiceIdentity Passthrough = new("", "PassthroughCluster", "");
    private static readonly ServiceIdentity BlackHole = new("", "BlackHoleCluster", "");
    private static readonly ServiceIdentity InboundPassthrough = new("", "InboundPassthroughCluster", "");

    /// <summary>The cluster's service; for traffic without one a service whose host is empty and whose name says how it was let through or stopped.</summary>
    public static ServiceIdentity Of(ClusterModel? cluster, RouteModel? route)
    {
        if (cluster is { Service.Host.Length: > 0 })
        {
            return cluster.Service;
        }

        return (cluster?.Key.Name ?? route?.Name) switch
        {
            "PassthroughCluster" or "allow_any" => Passthrough,
            "BlackHoleCluster" or "block_all" => BlackHole,
            "InboundPassthroughCluster" or "InboundPassthroughClusterIpv4" or "InboundPassthroughClusterIpv6" => InboundPassthrough,
            _ => ServiceIdentity.None,
        };
    }
}
