using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.ReplicaSets;

/// <summary>A ReplicaSet's status from its pods.</summary>
internal static class ReplicaSetStatusBuilder
{
    /// <param name="set">The ReplicaSet.</param>
    /// <param name="owned">Its pods.</param>
    /// <param name="failure">Why pods could not be made or removed; null when all went well.</param>
    /// <param name="now">The time.</param>
    public static ReplicaSetStatus Build(ReplicaSet set, IReadOnlyCollection<Pod> owned, PodFailure? failure, DateTimeOffset now)
    {
        var active = owned.Where(PodReadiness.IsActive).ToList();
        var template = new LabelSelector { MatchLabels = set.Spec?.Template?.Metadata?.Labels };
        var seconds = set.Spec?.MinReadySeconds ?? 0;
        var conditions = ConditionsOf(set.Status?.Conditions ?? [], failure, now);
        return new ReplicaSetStatus
        {
            Replicas = active.Count,
            FullyLabeledReplicas = Some(active.Count(pod => template.Matches(pod.Metadata.Labels))),
            ReadyReplicas = Some(active.Count(PodReadiness.IsReady)),
            AvailableReplicas = Some(active.Count(pod => PodReadiness.AvailableAt(pod, seconds) <= now)),
            ObservedGeneration = set.Metadata.Generation,
            Conditions = conditions.Count == 0 ? null : conditions,
        };
    }

    /// <summary>When the next pod will have been ready long enough to be available; null when none is on its way.</summary>
    public static DateTimeOffset? NextAvailable(ReplicaSet set, IEnumerable<Pod> owned, DateTimeOffset now) => owned
        .Where(PodReadiness.IsActive)
        .Select(pod => PodReadiness.AvailableAt(pod, set.Spec?.MinReadySeconds ?? 0))
        .Where(time => time > now)
        .Min();

    /// <summary>Whether two statuses say the same.</summary>
    public static bool Same(ReplicaSetStatus? before, ReplicaSetStatus after) =>
        before is not null
        && before with { Conditions = null, TerminatingReplicas = null } == after with { Conditions = null }
        && (before.Conditions ?? []).SequenceEqual(after.Conditions ?? []);

    private static IReadOnlyList<Condition> ConditionsOf(IReadOnlyList<Condition> before, PodFailure? failure, DateTimeOffset now) =>
        failure is null
            ? Conditions.Without(before, "ReplicaFailure")
            : Conditions.With(
                before,
                new Condition { Type = "ReplicaFailure", Status = "True", Reason = failure.Reason, Message = failure.Message, LastTransitionTime = now });

    // Kubernetes leaves zeros out of these fields.
    private static int? Some(int count) => count == 0 ? null : count;
}
