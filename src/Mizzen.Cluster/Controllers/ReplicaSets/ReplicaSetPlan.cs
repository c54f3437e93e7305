using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Controllers.ReplicaSets;

/// <summary>What brings the number of pods to the number that is wanted.</summary>
/// <param name="Create">How many pods are missing.</param>
/// <param name="Delete">The pods that are too many, those first that are missed least.</param>
internal sealed record ReplicaSetPlan(int Create, IReadOnlyList<Pod> Delete)
{
    // One call never asks for more than this; the rest follows when these are there (Kubernetes' burst).
    private const int Burst = 500;

    /// <summary>Compares what there is with what is wanted.</summary>
    /// <param name="set">The ReplicaSet.</param>
    /// <param name="owned">Its pods.</param>
    /// <param name="related">The pods of all ReplicaSets of the same owner, itself included: nodes with many of them lose one first.</param>
    /// <param name="now">The time, for ages.</param>
    public static ReplicaSetPlan Decide(ReplicaSet set, IReadOnlyCollection<Pod> owned, IEnumerable<Pod> related, DateTimeOffset now)
    {
        var active = owned.Where(PodReadiness.IsActive).ToList();
        var missing = (set.Spec?.Replicas ?? 1) - active.Count;
        return missing >= 0
            ? new ReplicaSetPlan(Math.Min(missing, Burst), [])
            : new ReplicaSetPlan(0, [.. ScaleDownOrder.Sort(active, related, now).Take(Math.Min(-missing, Burst))]);
    }
}
