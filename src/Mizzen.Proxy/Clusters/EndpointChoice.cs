using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Clusters;

/// <summary>Chooses an endpoint: pure but for the turns of round robin.</summary>
internal static class EndpointChoice
{
    private const uint WeightUnit = 1_000;

    /// <summary>Null when no endpoint is usable (Envoy's UH).</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="random">The loop's dice.</param>
    /// <param name="now">Loop time in milliseconds.</param>
    /// <param name="hash">The key of clusters that hash; null for chance.</param>
    public static EndpointState? Choose(ClusterState cluster, FastRandom random, long now, ulong? hash = null)
    {
        if (cluster.Priorities.Length == 0)
        {
            return null;
        }

        var isHashed = cluster.Model.LoadBalancing is LoadBalancing.RingHash or LoadBalancing.Maglev;
        var key = isHashed ? hash ?? random.Next() : 0;
        var dice = cluster.Priorities.Length == 1 ? 0 : isHashed ? (uint)(key % 100) : random.Below(100);
        var group = PriorityChoice.Choose(cluster.Priorities, cluster.Model.PanicThreshold, dice, now, out var panics);

        // What discovery says is not healthy stays out unless there is somebody who is: then health says more about the checker.
        var all = panics && HasHealthy(group.Endpoints);
        if (group.Localities.Length > 0 && !all)
        {
            group = PriorityChoice.Locality(group, random, now);
        }

        return isHashed ? OfKey(cluster, group, key, all, now) : Choose(cluster, group, random, all, now);
    }

    private static EndpointState? OfKey(ClusterState cluster, EndpointGroup group, ulong key, bool all, long now)
    {
        group.Table ??= HashTable.Of(group.Endpoints, cluster.Model);
        var endpoint = group.Table.Find(key, all, now);
        return all || endpoint.IsUsable(now) ? endpoint : null;
    }

    private static EndpointState? Choose(ClusterState cluster, EndpointGroup group, FastRandom random, bool all, long now)
    {
        var usable = group.CountUsable(now);
        all |= usable == group.Endpoints.Length;
        var count = all ? group.Endpoints.Length : usable;
        if (count == 0)
        {
            return null;
        }

        if (group.HasWeights || (cluster.Model.SlowStart is { } slow && IsWarmingUp(group, slow, now)))
        {
            return Weighted(cluster, group, random, all, now);
        }

        return cluster.Model.LoadBalancing switch
        {
            LoadBalancing.RoundRobin => Nth(group.Endpoints, (int)(group.Turn++ % (uint)count), all, now),
            LoadBalancing.LeastRequest => LeastOf(cluster, group, random, count, all, now),
            _ => Nth(group.Endpoints, (int)random.Below((uint)count), all, now),
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

    private static EndpointState LeastOf(ClusterState cluster, EndpointGroup group, FastRandom random, int count, bool all, long now)
    {
        var best = Nth(group.Endpoints, (int)random.Below((uint)count), all, now);
        for (var i = 1; i < cluster.Model.LeastRequestChoices && count > 1; i++)
        {
            var other = Nth(group.Endpoints, (int)random.Below((uint)count), all, now);
            if (other.Active < best.Active)
            {
                best = other;
            }
        }

        return best;
    }

    private static EndpointState? Weighted(ClusterState cluster, EndpointGroup group, FastRandom random, bool all, long now)
    {
        if (cluster.Model.LoadBalancing == LoadBalancing.RoundRobin)
        {
            return InTurn(cluster, group, all, now);
        }

        var best = ByWeight(cluster, group, random, all, now);
        if (cluster.Model.LoadBalancing == LoadBalancing.LeastRequest)
        {
            for (var i = 1; i < cluster.Model.LeastRequestChoices; i++)
            {
                var other = ByWeight(cluster, group, random, all, now);
                best = other is not null && other.Active < best!.Active ? other : best;
            }
        }

        return best;
    }

    /// <summary>Smooth weighted round robin: everybody earns its weight, who has most is chosen and pays for all.</summary>
    private static EndpointState? InTurn(ClusterState cluster, EndpointGroup group, bool all, long now)
    {
        EndpointState? best = null;
        var sum = 0L;
        foreach (var endpoint in group.Endpoints)
        {
            if (!all && !endpoint.IsUsable(now))
            {
                continue;
            }

            var weight = Weight(endpoint, cluster.Model.SlowStart, now);
            sum += weight;
            endpoint.Credit += weight;
            if (best is null || endpoint.Credit > best.Credit)
            {
                best = endpoint;
            }
        }

        if (best is not null)
        {
            best.Credit -= sum;
        }

        return best;
    }

    private static EndpointState? ByWeight(ClusterState cluster, EndpointGroup group, FastRandom random, bool all, long now)
    {
        var sum = 0u;
        foreach (var endpoint in group.Endpoints)
        {
            sum += all || endpoint.IsUsable(now) ? Weight(endpoint, cluster.Model.SlowStart, now) : 0;
        }

        var left = random.Below(sum);
        EndpointState? last = null;
        foreach (var endpoint in group.Endpoints)
        {
            if (!all && !endpoint.IsUsable(now))
            {
                continue;
            }

            last = endpoint;
            var weight = Weight(endpoint, cluster.Model.SlowStart, now);
            if (left < weight)
            {
                break;
            }

            left -= weight;
        }

        return last;
    }

    private static bool IsWarmingUp(EndpointGroup group, SlowStartModel slow, long now)
    {
        foreach (var endpoint in group.Endpoints)
        {
            if (now - endpoint.Since < slow.Window)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>In thousandths. An endpoint that has just come has a part of its weight, which grows with its time (Envoy's slow start).</summary>
    private static uint Weight(EndpointState endpoint, SlowStartModel? slow, long now)
    {
        var age = now - endpoint.Since;
        var share = slow is null || age >= slow.Window
            ? 1
            : Math.Max(slow.LeastShare, Math.Pow((double)Math.Max(1, age) / slow.Window, 1 / slow.Aggression));
        return Math.Max(1, (uint)(endpoint.Model.Weight * WeightUnit * share));
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
