namespace Mizzen.Proxy.Clusters;

/// <summary>
/// Which priority, and within it which locality, a request goes to (Envoy's documentation, "Priority levels" and "Locality weighted load
/// balancing"): a group takes its whole load until less than 1/1.4 of it is healthy; what it cannot take goes to the next.
/// </summary>
internal static class PriorityChoice
{
    private const int Overprovisioning = 140;
    private const int Whole = 100;

    /// <summary>The priority; <paramref name="panics"/> when health is to be ignored in it.</summary>
    /// <param name="groups">The priorities, at least one.</param>
    /// <param name="panicThreshold">Percent of healthy endpoints.</param>
    /// <param name="dice">Even between 0 and 99.</param>
    /// <param name="now">Loop time in milliseconds.</param>
    /// <param name="panics">Whether health is to be ignored.</param>
    public static EndpointGroup Choose(EndpointGroup[] groups, double panicThreshold, uint dice, long now, out bool panics)
    {
        var total = 0;
        foreach (var group in groups)
        {
            total += Availability(group, now);
        }

        var chosen = total == 0 ? groups[0] : Pick(groups, Math.Min(total, Whole), dice, now);
        panics = total < Whole && chosen.CountUsable(now) * 100.0 < panicThreshold * chosen.Endpoints.Length;
        return chosen;
    }

    /// <summary>A locality of a group by weight, of which counts what its health lets it take.</summary>
    public static EndpointGroup Locality(EndpointGroup group, FastRandom random, long now)
    {
        var sum = 0u;
        foreach (var locality in group.Localities)
        {
            sum += Weight(locality, now);
        }

        var left = random.Below(sum);
        foreach (var locality in group.Localities)
        {
            var weight = Weight(locality, now);
            if (left < weight)
            {
                return locality;
            }

            left -= weight;
        }

        return group;
    }

    private static EndpointGroup Pick(EndpointGroup[] groups, int total, uint dice, long now)
    {
        var left = total;
        var seen = 0;
        foreach (var group in groups)
        {
            var load = Math.Min(left, Availability(group, now));
            left -= load;
            seen += load;

            // Together they may have less than the whole: then that is the whole.
            if (dice < (uint)(seen * Whole / total))
            {
                return group;
            }
        }

        return groups[^1];
    }

    private static int Availability(EndpointGroup group, long now) => Math.Min(Whole, Overprovisioning * group.CountUsable(now) / group.Endpoints.Length);

    private static uint Weight(EndpointGroup locality, long now) => locality.LocalityWeight * (uint)Availability(locality, now);
}
