using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Controllers.StatefulSets;

/// <summary>A StatefulSet's status from its pods.</summary>
internal static class StatefulSetStatusBuilder
{
    public static StatefulSetStatus Build(StatefulSet set, IReadOnlyCollection<Pod> owned, string revision, DateTimeOffset now)
    {
        var active = owned.Where(PodReadiness.IsActive).ToList();
        var ready = active.Count(PodReadiness.IsReady);
        var updated = Of(active, revision);
        // The newest template becomes the current one when every pod is of it.
        var isComplete = set.Status?.CurrentRevision is null or "" || (updated == active.Count && ready == active.Count && active.Count == (set.Spec?.Replicas ?? 1));
        var current = isComplete ? revision : set.Status!.CurrentRevision!;
        return new StatefulSetStatus
        {
            ObservedGeneration = set.Metadata.Generation,
            Replicas = active.Count,
            ReadyReplicas = Some(ready),
            AvailableReplicas = active.Count(pod => PodReadiness.AvailableAt(pod, set.Spec?.MinReadySeconds ?? 0) <= now),
            CurrentReplicas = Some(Of(active, current)),
            UpdatedReplicas = Some(updated),
            CurrentRevision = current,
            UpdateRevision = revision,
            CollisionCount = set.Status?.CollisionCount ?? 0,
        };
    }

    /// <summary>When the next pod will have been ready long enough; null when none is on its way.</summary>
    public static DateTimeOffset? NextAvailable(StatefulSet set, IEnumerable<Pod> owned, DateTimeOffset now) => owned
        .Where(PodReadiness.IsActive)
        .Select(pod => PodReadiness.AvailableAt(pod, set.Spec?.MinReadySeconds ?? 0))
        .Where(time => time > now)
        .Min();

    private static int Of(List<Pod> pods, string revision) => pods.Count(pod => pod.Metadata.Labels?.GetValueOrDefault(RevisionHistory.HashLabel) == revision);

    // Kubernetes leaves zeros out of these fields.
    private static int? Some(int count) => count == 0 ? null : count;
}
