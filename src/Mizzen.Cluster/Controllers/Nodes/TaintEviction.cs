using Mizzen.Cluster.Scheduling;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Controllers.Nodes;

/// <summary>When a pod must leave its node because of taints with the effect NoExecute.</summary>
internal static class TaintEviction
{
    /// <summary>The time; null when the pod may stay for good.</summary>
    public static DateTimeOffset? Due(Pod pod, IEnumerable<Taint> taints, DateTimeOffset now) =>
        taints.Where(taint => taint.Effect == "NoExecute").Select(taint => Due(pod, taint, now)).Min();

    private static DateTimeOffset? Due(Pod pod, Taint taint, DateTimeOffset now)
    {
        var tolerations = (pod.Spec?.Tolerations ?? []).Where(toleration => TaintRules.Tolerates(toleration, taint)).ToList();
        if (tolerations.Count == 0)
        {
            return now;
        }

        return tolerations.Select(toleration => toleration.TolerationSeconds).Min() is { } seconds
            ? (taint.TimeAdded ?? now).AddSeconds(Math.Max(0, seconds))
            : null;
    }
}
