using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers;

/// <summary>What controllers ask about a pod's state.</summary>
internal static class PodReadiness
{
    /// <summary>Neither finished nor on its way out.</summary>
    public static bool IsActive(Pod pod) => !IsFinished(pod) && pod.Metadata.DeletionTimestamp is null;

    public static bool IsFinished(Pod pod) => pod.Status?.Phase is "Succeeded" or "Failed";

    public static bool IsReady(Pod pod) => ReadyCondition(pod)?.Status == "True";

    /// <summary>When the pod became ready; null while it is not.</summary>
    public static DateTimeOffset? ReadySince(Pod pod) => IsReady(pod) ? ReadyCondition(pod)?.LastTransitionTime : null;

    /// <summary>When the pod will count as available: ready for that long. Null while it is not ready.</summary>
    public static DateTimeOffset? AvailableAt(Pod pod, int minReadySeconds) => minReadySeconds == 0 && IsReady(pod)
        ? DateTimeOffset.MinValue
        : ReadySince(pod)?.AddSeconds(minReadySeconds);

    private static Condition? ReadyCondition(Pod pod) =>
        pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready");
}
