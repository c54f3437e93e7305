using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Which settings of a DestinationRule are in force for one port of one subset.</summary>
internal static class TrafficPolicies
{
    /// <summary>
    /// The rule's policy, its blocks replaced by the subset's, and that replaced as a whole by the settings of the port: what those leave out
    /// is the default, not the rule's (Istio's documentation, "PortTrafficPolicy").
    /// </summary>
    public static TrafficPolicy Of(MeshDestinationRule? rule, Subset? subset, int port)
    {
        var policy = Over(rule?.Policy, subset?.TrafficPolicy);
        var own = (policy.PortLevelSettings ?? []).FirstOrDefault(settings => settings.Port?.Number == port);
        return own is null
            ? policy
            : new TrafficPolicy
            {
                LoadBalancer = own.LoadBalancer,
                ConnectionPool = own.ConnectionPool,
                OutlierDetection = own.OutlierDetection,
                Tls = own.Tls,
            };
    }

    private static TrafficPolicy Over(TrafficPolicy? below, TrafficPolicy? above)
    {
        if (below is null || above is null)
        {
            return above ?? below ?? new TrafficPolicy();
        }

        return new TrafficPolicy
        {
            LoadBalancer = above.LoadBalancer ?? below.LoadBalancer,
            ConnectionPool = above.ConnectionPool ?? below.ConnectionPool,
            OutlierDetection = above.OutlierDetection ?? below.OutlierDetection,
            Tls = above.Tls ?? below.Tls,
            PortLevelSettings = above.PortLevelSettings is { Count: > 0 } ? above.PortLevelSettings : below.PortLevelSettings,
            Tunnel = above.Tunnel ?? below.Tunnel,
            ProxyProtocol = above.ProxyProtocol ?? below.ProxyProtocol,
            RetryBudget = above.RetryBudget ?? below.RetryBudget,
        };
    }
}
