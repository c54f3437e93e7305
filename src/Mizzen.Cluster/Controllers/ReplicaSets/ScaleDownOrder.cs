using System.Globalization;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Controllers.ReplicaSets;

/// <summary>
/// Which pod goes first when there are too many, as Kubernetes orders them: unassigned, pending, not ready, cheaper by annotation,
/// more of its kind on the same node, ready for a shorter time, restarted more often, younger. Times are compared by their orders of
/// magnitude, so that small differences in age do not decide.
/// </summary>
internal static class ScaleDownOrder
{
    /// <summary>The annotation by which a pod says how much it would be missed.</summary>
    public const string DeletionCost = "controller.kubernetes.io/pod-deletion-cost";

    public static IEnumerable<Pod> Sort(IEnumerable<Pod> pods, IEnumerable<Pod> related, DateTimeOffset now)
    {
        var neighbours = related.Where(PodReadiness.IsActive).CountBy(pod => pod.Spec?.NodeName ?? "").ToDictionary();
        return pods
            .OrderBy(pod => string.IsNullOrEmpty(pod.Spec?.NodeName) ? 0 : 1)
            .ThenBy(PhaseRank)
            .ThenBy(pod => PodReadiness.IsReady(pod) ? 1 : 0)
            .ThenBy(Cost)
            .ThenByDescending(pod => neighbours.GetValueOrDefault(pod.Spec?.NodeName ?? ""))
            .ThenBy(pod => Magnitude(PodReadiness.ReadySince(pod), now))
            .ThenByDescending(Restarts)
            .ThenBy(pod => Magnitude(pod.Metadata.CreationTimestamp, now))
            .ThenBy(pod => pod.Metadata.Uid, StringComparer.Ordinal);
    }

    private static int PhaseRank(Pod pod) => pod.Status?.Phase switch
    {
        "Running" => 2,
        "Unknown" => 1,
        _ => 0,
    };

    private static int Cost(Pod pod) =>
        pod.Metadata.Annotations?.TryGetValue(DeletionCost, out var text) == true
        && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var cost)
            ? cost
            : 0;

    private static int Restarts(Pod pod) => (pod.Status?.ContainerStatuses ?? []).Sum(status => status.RestartCount);

    private static int Magnitude(DateTimeOffset? since, DateTimeOffset now) =>
        since is null ? 0 : (int)Math.Log2(Math.Max(1, (now - since.Value).TotalSeconds));
}
