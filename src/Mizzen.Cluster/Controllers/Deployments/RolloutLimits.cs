using Mizzen.Resources.Apps;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.Deployments;

/// <summary>How far a rollout may go above and below the wanted number of pods.</summary>
/// <param name="Replicas">The wanted number.</param>
/// <param name="MaxSurge">How many more there may be.</param>
/// <param name="MaxUnavailable">How many fewer may be available.</param>
internal readonly record struct RolloutLimits(int Replicas, int MaxSurge, int MaxUnavailable)
{
    private static readonly IntOrString Quarter = "25%";

    /// <summary>The limits of a deployment: surge rounds up, unavailability down, and they are not both zero.</summary>
    public static RolloutLimits Of(Deployment deployment)
    {
        var replicas = deployment.Spec?.Replicas ?? 1;
        if (!IsRolling(deployment))
        {
            return new RolloutLimits(replicas, 0, 0);
        }

        var rolling = deployment.Spec?.Strategy?.RollingUpdate;
        var surge = (rolling?.MaxSurge ?? Quarter).Scale(replicas, roundUp: true);
        var unavailable = (rolling?.MaxUnavailable ?? Quarter).Scale(replicas, roundUp: false);
        if (surge == 0 && unavailable == 0)
        {
            unavailable = 1;
        }

        return new RolloutLimits(replicas, surge, Math.Min(unavailable, replicas));
    }

    /// <summary>How many pods there may be in all.</summary>
    public int Most => Replicas == 0 ? 0 : Replicas + MaxSurge;

    /// <summary>How many pods must be available.</summary>
    public int FewestAvailable => Replicas - MaxUnavailable;

    public static bool IsRolling(Deployment deployment) => deployment.Spec?.Strategy?.Type is null or "RollingUpdate";
}
