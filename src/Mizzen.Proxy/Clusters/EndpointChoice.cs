using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Clusters;

/// <summary>Chooses an endpoint: pure but for the turn of round robin.</summary>
internal static class EndpointChoice
{
    /// <summary>Null when no endpoint is usable (Envoy's UH).</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="random">The loop's dice.</param>
    /// <param name="now">Loop time in milliseconds.</param>
    public static EndpointState? Choose(ClusterState cluster, FastRandom random, long now)
    {
        var endpoints = cluster.Endpoints;
        if (endpoints.Length == 0)
        {
            return null;
        }

        var usable = 0;
        foreach (var endpoint in endpoints)
        {
            if (endpoint.IsUsable(now))
            {
                usable++;
            }
        }

        // Below the panic threshold health says more about the checker than about the endpoints: use all (Envoy).
        var all = usable == endpoints.Length
            || (usable * 100.0 < cluster.Model.PanicThreshold * endpoints.Length && HasHealthy(endpoints));
        var count = all ? endpoints.Length : usable;
        if (count == 0)
        {
            return null;
        }

        return cluster.Model.LoadBalancing switch
        {
            LoadBalancing.RoundRobin => Nth(endpoints, (int)(cluster.Turn++ % (uint)count), all, now),
            LoadBalancing.LeastRequest => LeastOf(cluster, random, count, all, now),
            _ => Nth(endpoints, (int)random.Below((uint)count), all, now),
        };
    }

    private static bool HasHealthy(EndpointState[] endpoints)
    {
        foreach (var endpoint in endpoints)
        {
            if (endpoint.Model.IsHealthy && !endpoint.Model.IsDraining)
            {
                return true;
            }
        }

        return false;
    }

    private static EndpointState LeastOf(ClusterState cluster, FastRandom random, int count, bool all, long now)
    {
        var best = Nth(cluster.Endpoints, (int)random.Below((uint)count), all, now);
        for (var i = 1; i < cluster.Model.LeastRequestChoices && count > 1; i++)
        {
            var other = Nth(cluster.Endpoints, (int)random.Below((uint)count), all, now);
            if (other.Active < best.Active)
            {
                best = other;
            }
        }

        return best;
    }

    private static EndpointState Nth(EndpointState[] endpoints, int index, bool all, long now)
    {
        if (all)
        {
            return endpoints[index];
        }

        foreach (var endpoint in endpoints)
        {
            if (endpoint.IsUsable(now) && index-- == 0)
            {
                return endpoint;
            }
        }

        return endpoints[0];
    }
}
