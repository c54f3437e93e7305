using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.HealthChecks;

/// <summary>Active health checks of all clusters that want some. On one loop; the others read its verdicts.</summary>
internal sealed class ActiveChecks(LoopUpstreams upstreams)
{
    private readonly Dictionary<EndpointState, EndpointCheck> _checks = [];

    /// <summary>Begins with what is new, ends what is gone. Called after the loop's clusters have taken the snapshot.</summary>
    public void Apply(ProxySnapshot snapshot)
    {
        var kept = new HashSet<EndpointState>();
        foreach (var cluster in snapshot.Clusters.Values)
        {
            if (cluster.HealthCheck is { } model && upstreams.Find(cluster.Key) is { } state)
            {
                Check(state, model, kept);
            }
        }

        foreach (var (endpoint, check) in _checks)
        {
            if (!kept.Contains(endpoint))
            {
                check.End();
                _ = _checks.Remove(endpoint);
            }
        }
    }

    private void Check(ClusterState cluster, HealthCheckModel model, HashSet<EndpointState> kept)
    {
        foreach (var endpoint in cluster.Endpoints)
        {
            if (endpoint.Model.IsUnchecked)
            {
                continue;
            }

            _ = kept.Add(endpoint);
            if (_checks.TryGetValue(endpoint, out var check))
            {
                check.Model = model;
            }
            else
            {
                _checks[endpoint] = new EndpointCheck(upstreams, endpoint, model);
            }
        }
    }
}
