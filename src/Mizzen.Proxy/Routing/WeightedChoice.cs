using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Routing;

/// <summary>Chooses one of several destinations in proportion to weight.</summary>
internal static class WeightedChoice
{
    /// <summary>Sum of the weights: the dice that <see cref="Pick"/> wants is below it.</summary>
    public static uint Total(IReadOnlyList<WeightedClusterModel> clusters)
    {
        var total = 0u;
        for (var i = 0; i < clusters.Count; i++)
        {
            total += clusters[i].Weight;
        }

        return total;
    }

    /// <summary>The destination on whose share of the range the dice fell.</summary>
    public static WeightedClusterModel Pick(IReadOnlyList<WeightedClusterModel> clusters, uint dice)
    {
        for (var i = 0; i < clusters.Count - 1; i++)
        {
            if (dice < clusters[i].Weight)
            {
                return clusters[i];
            }

            dice -= clusters[i].Weight;
        }

        return clusters[^1];
    }
}
