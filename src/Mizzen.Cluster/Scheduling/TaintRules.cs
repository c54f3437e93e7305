using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Scheduling;

/// <summary>Taints of nodes and the pods that tolerate them.</summary>
internal static class TaintRules
{
    /// <summary>The first taint that keeps a pod away; null when none does.</summary>
    public static Taint? Untolerated(Pod pod, NodeState node) =>
        node.Taints().FirstOrDefault(taint => taint.Effect is "NoSchedule" or "NoExecute" && !IsTolerated(pod, taint));

    /// <summary>How many taints ask a pod to stay away without insisting.</summary>
    public static int Discouraging(Pod pod, NodeState node) =>
        node.Taints().Count(taint => taint.Effect == "PreferNoSchedule" && !IsTolerated(pod, taint));

    public static bool IsTolerated(Pod pod, Taint taint) => (pod.Spec?.Tolerations ?? []).Any(toleration => Tolerates(toleration, taint));

    private static bool Tolerates(Toleration toleration, Taint taint)
    {
        var effect = string.IsNullOrEmpty(toleration.Effect) || toleration.Effect == taint.Effect;
        var key = string.IsNullOrEmpty(toleration.Key) ? toleration.Operator == "Exists" : toleration.Key == taint.Key;
        return effect && key && (toleration.Operator == "Exists" || (toleration.Value ?? "") == (taint.Value ?? ""));
    }
}
