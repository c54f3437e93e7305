using Mizzen.Resources.Apps;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.Deployments;

/// <summary>A deployment's status from its ReplicaSets, with Kubernetes' reasons and messages.</summary>
internal static class DeploymentStatusBuilder
{
    private const string Progressing = "Progressing";
    private const string NewReplicaSetAvailable = "NewReplicaSetAvailable";
    private const string DeploymentPaused = "DeploymentPaused";
    private const string ProgressDeadlineExceeded = "ProgressDeadlineExceeded";

    // Kubernetes' way to say that there is no deadline.
    private const int NoDeadline = int.MaxValue;

    public static DeploymentStatus Build(RolloutState state, bool resting, DateTimeOffset now)
    {
        var before = state.Deployment.Status ?? new DeploymentStatus();
        var status = Counts(state);
        var conditions = Conditions.With(before.Conditions ?? [], Availability(state, now));
        conditions = resting ? conditions : Failure(state, conditions);
        conditions = HasDeadline(state.Deployment)
            ? Progress(state, resting, before, status, Paused(state.Deployment, conditions, now), now)
            : Conditions.Without(conditions, Progressing);
        return status with { Conditions = conditions.Count == 0 ? null : conditions };
    }

    public static bool IsComplete(Deployment deployment, DeploymentStatus status)
    {
        var replicas = deployment.Spec?.Replicas ?? 1;
        return (status.UpdatedReplicas ?? 0) == replicas && (status.Replicas ?? 0) == replicas && (status.AvailableReplicas ?? 0) == replicas;
    }

    /// <summary>When the rollout counts as stuck unless something happens; null when it is done, stuck or has no deadline.</summary>
    public static DateTimeOffset? DeadlineOf(Deployment deployment, DeploymentStatus status) =>
        HasDeadline(deployment)
        && deployment.Spec?.Paused != true
        && Conditions.Find(status.Conditions, Progressing) is { Reason: not (NewReplicaSetAvailable or ProgressDeadlineExceeded) } progress
            ? progress.LastUpdateTime?.AddSeconds(Deadline(deployment))
            : null;

    /// <summary>Whether two statuses say the same.</summary>
    public static bool Same(DeploymentStatus? before, DeploymentStatus after) =>
        before is not null
        && before with { Conditions = null, TerminatingReplicas = null } == after with { Conditions = null }
        && (before.Conditions ?? []).SequenceEqual(after.Conditions ?? []);

    /// <summary>The status of a deployment whose ReplicaSet the server refused.</summary>
    public static DeploymentStatus Refused(Deployment deployment, DeploymentStatus status, ReplicaSet set, string error, DateTimeOffset now)
    {
        var condition = Conditions.New(Progressing, "False", "ReplicaSetCreateError", $"Failed to create new replica set \"{set.Metadata.Name}\": {error}", now);
        return HasDeadline(deployment) ? status with { Conditions = Conditions.With(deployment.Status?.Conditions ?? [], condition) } : status;
    }

    private static DeploymentStatus Counts(RolloutState state)
    {
        var sets = state.AllSets.ToList();
        return new DeploymentStatus
        {
            ObservedGeneration = state.Deployment.Metadata.Generation,
            Replicas = Some(sets.Sum(set => set.Status?.Replicas ?? 0)),
            UpdatedReplicas = Some(state.NewSet?.Status?.Replicas ?? 0),
            ReadyReplicas = Some(sets.Sum(set => set.Status?.ReadyReplicas ?? 0)),
            AvailableReplicas = Some(state.TotalAvailable),
            UnavailableReplicas = Some(Math.Max(0, state.TotalSize - state.TotalAvailable)),
            CollisionCount = state.Deployment.Status?.CollisionCount,
        };
    }

    private static Condition Availability(RolloutState state, DateTimeOffset now) =>
        state.TotalAvailable >= state.Limits.FewestAvailable
            ? Conditions.New("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
            : Conditions.New("Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", now);

    private static IReadOnlyList<Condition> Failure(RolloutState state, IReadOnlyList<Condition> conditions)
    {
        var sets = state.NewSet is { } set ? Enumerable.Prepend(state.OldSets, set) : state.OldSets;
        var failure = sets.Select(candidate => Conditions.Find(candidate.Status?.Conditions, "ReplicaFailure")).FirstOrDefault(condition => condition is not null);
        return failure is null
            ? Conditions.Without(conditions, "ReplicaFailure")
            : Conditions.With(conditions, failure with { LastUpdateTime = failure.LastTransitionTime });
    }

    private static IReadOnlyList<Condition> Paused(Deployment deployment, IReadOnlyList<Condition> conditions, DateTimeOffset now)
    {
        var reason = Conditions.Find(conditions, Progressing)?.Reason;
        return (deployment.Spec?.Paused == true, reason) switch
        {
            (_, ProgressDeadlineExceeded) => conditions,
            (true, not DeploymentPaused) => Conditions.With(conditions, Conditions.New(Progressing, "Unknown", DeploymentPaused, "Deployment is paused", now)),
            (false, DeploymentPaused) => Conditions.With(conditions, Conditions.New(Progressing, "Unknown", "DeploymentResumed", "Deployment is resumed", now)),
            _ => conditions,
        };
    }

    private static IReadOnlyList<Condition> Progress(
        RolloutState state, bool resting, DeploymentStatus before, DeploymentStatus status, IReadOnlyList<Condition> conditions, DateTimeOffset now)
    {
        if (state.IsNewSetMissing)
        {
            return Conditions.With(
                conditions, Conditions.New(Progressing, "True", "NewReplicaSetCreated", $"Created new replica set \"{state.NewSet!.Metadata.Name}\"", now));
        }

        var current = Conditions.Find(conditions, Progressing);
        if (current is null && state.NewSet is { } found)
        {
            conditions = Conditions.With(
                conditions, Conditions.New(Progressing, "True", "FoundNewReplicaSet", $"Found new replica set \"{found.Metadata.Name}\"", now));
        }

        var finished = status.Replicas == status.UpdatedReplicas && current?.Reason == NewReplicaSetAvailable;
        return resting || finished ? conditions : Judge(state, before, status, conditions, now);
    }

    private static IReadOnlyList<Condition> Judge(
        RolloutState state, DeploymentStatus before, DeploymentStatus status, IReadOnlyList<Condition> conditions, DateTimeOffset now)
    {
        var deployment = state.Deployment;
        var subject = state.NewSet is { } set ? $"ReplicaSet \"{set.Metadata.Name}\"" : $"Deployment \"{deployment.Metadata.Name}\"";
        if (IsComplete(deployment, status))
        {
            return Conditions.With(conditions, Conditions.New(Progressing, "True", NewReplicaSetAvailable, $"{subject} has successfully progressed.", now));
        }

        if (HasAdvanced(before, status))
        {
            // Every advance sets the deadline's clock back, so this one is written even when it says the same as before.
            var current = Conditions.Find(conditions, Progressing);
            var progress = Conditions.New(Progressing, "True", "ReplicaSetUpdated", $"{subject} is progressing.", now);
            return [.. Conditions.Without(conditions, Progressing), current?.Status == "True" ? progress with { LastTransitionTime = current.LastTransitionTime } : progress];
        }

        return IsOverdue(deployment, conditions, now)
            ? Conditions.With(conditions, Conditions.New(Progressing, "False", ProgressDeadlineExceeded, $"{subject} has timed out progressing.", now))
            : conditions;
    }

    private static bool HasAdvanced(DeploymentStatus before, DeploymentStatus after) =>
        (after.UpdatedReplicas ?? 0) > (before.UpdatedReplicas ?? 0)
        || Outdated(after) < Outdated(before)
        || (after.ReadyReplicas ?? 0) > (before.ReadyReplicas ?? 0)
        || (after.AvailableReplicas ?? 0) > (before.AvailableReplicas ?? 0);

    private static bool IsOverdue(Deployment deployment, IReadOnlyList<Condition> conditions, DateTimeOffset now) =>
        Conditions.Find(conditions, Progressing) is { } progress
        && progress.Reason is not (NewReplicaSetAvailable or DeploymentPaused)
        && progress.LastUpdateTime?.AddSeconds(Deadline(deployment)) <= now;

    private static int Outdated(DeploymentStatus status) => (status.Replicas ?? 0) - (status.UpdatedReplicas ?? 0);

    private static int Deadline(Deployment deployment) => deployment.Spec?.ProgressDeadlineSeconds ?? NoDeadline;

    private static bool HasDeadline(Deployment deployment) => Deadline(deployment) != NoDeadline;

    // Kubernetes leaves zeros out of these fields.
    private static int? Some(int count) => count == 0 ? null : count;
}
