using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.Deployments;

/// <summary>What a deployment's next step writes.</summary>
/// <param name="Create">The ReplicaSet of the current template, where it is missing.</param>
/// <param name="Changes">ReplicaSets that get another size or other annotations.</param>
/// <param name="Remove">ReplicaSets that are further back than the history keeps.</param>
/// <param name="Revision">The revision of the current template; null while it has no ReplicaSet.</param>
/// <param name="Status">The deployment's status.</param>
/// <param name="CheckAgain">When the progress deadline would pass; null when none runs.</param>
internal sealed record DeploymentPlan(
    ReplicaSet? Create,
    IReadOnlyList<ReplicaSetChange> Changes,
    IReadOnlyList<ReplicaSet> Remove,
    long? Revision,
    DeploymentStatus Status,
    DateTimeOffset? CheckAgain)
{
    /// <summary>One step: a pure function of what there is.</summary>
    /// <param name="deployment">The deployment.</param>
    /// <param name="owned">Its ReplicaSets.</param>
    /// <param name="hasOldPods">Whether pods of earlier templates are still there; only the Recreate strategy waits for them.</param>
    /// <param name="now">The time.</param>
    public static DeploymentPlan Decide(Deployment deployment, IReadOnlyList<ReplicaSet> owned, bool hasOldPods, DateTimeOffset now)
    {
        var state = new RolloutState(deployment, owned);
        var leaving = deployment.Metadata.DeletionTimestamp is not null;
        var resting = leaving || deployment.Spec?.Paused == true || ProportionalScaling.IsNeeded(state);
        if (!leaving)
        {
            Act(state, resting, hasOldPods);
        }

        var status = DeploymentStatusBuilder.Build(state, resting, now);
        return new DeploymentPlan(
            state.IsNewSetMissing ? state.NewSet! with { Spec = state.NewSet.Spec! with { Replicas = state.SizeOf(state.NewSet) } } : null,
            state.Changes(),
            leaving ? [] : Expired(state, status),
            leaving || state.NewSet is null ? null : RevisionAnnotations.RevisionOf(AnnotatedNewSet(state)),
            status,
            DeploymentStatusBuilder.DeadlineOf(deployment, status));
    }

    private static void Act(RolloutState state, bool resting, bool hasOldPods)
    {
        if (state.NewSet is { } existing)
        {
            state.Annotate(existing, RevisionAnnotations.ForNewSet(state.Deployment, existing.Metadata.Annotations, state.NewRevision));
        }

        if (resting)
        {
            ProportionalScaling.Step(state);
        }
        else if (RolloutLimits.IsRolling(state.Deployment))
        {
            Introduce(state);
            RollingUpdate.Step(state);
        }
        else
        {
            Recreate(state, hasOldPods);
        }
    }

    private static void Recreate(RolloutState state, bool hasOldPods)
    {
        var busy = state.OldSets.Where(set => state.SizeOf(set) > 0).ToList();
        foreach (var old in busy)
        {
            state.Resize(old, 0);
        }

        if (busy.Count == 0 && !hasOldPods)
        {
            Introduce(state);
            state.Resize(state.NewSet!, state.Limits.Replicas);
        }
    }

    private static void Introduce(RolloutState state)
    {
        if (state.NewSet is not null)
        {
            return;
        }

        var deployment = state.Deployment;
        var hash = PodTemplateText.Hash(deployment.Spec?.Template, deployment.Status?.CollisionCount ?? 0);
        var size = RollingUpdate.SizeOfNew(state, 0);
        state.Introduce(NewSet(deployment, hash, RevisionAnnotations.WithSizes(RevisionAnnotations.ForNewSet(deployment, null, state.NewRevision), state.Limits)));
        state.Resize(state.NewSet!, size);
    }

    private static ReplicaSet NewSet(Deployment deployment, string hash, IReadOnlyDictionary<string, string> annotations)
    {
        var template = deployment.Spec?.Template ?? new PodTemplateSpec();
        var metadata = template.Metadata ?? new ObjectMeta();
        var labels = With(metadata.Labels, hash);
        var selector = deployment.Spec?.Selector ?? new LabelSelector();
        return new ReplicaSet
        {
            Metadata = new ObjectMeta
            {
                Name = $"{deployment.Metadata.Name}-{hash}",
                Namespace = deployment.Metadata.Namespace,
                Labels = labels,
                Annotations = annotations,
                OwnerReferences = [Ownership.ReferenceTo(deployment)],
            },
            Spec = new ReplicaSetSpec
            {
                Replicas = 0,
                MinReadySeconds = deployment.Spec?.MinReadySeconds,
                Selector = selector with { MatchLabels = With(selector.MatchLabels, hash) },
                Template = template with { Metadata = metadata with { Labels = labels } },
            },
        };
    }

    private static Dictionary<string, string> With(IReadOnlyDictionary<string, string>? labels, string hash) =>
        new(labels ?? new Dictionary<string, string>()) { [PodTemplateText.HashLabel] = hash };

    private static ReplicaSet AnnotatedNewSet(RolloutState state) =>
        state.Changes().FirstOrDefault(change => change.Set == state.NewSet) is { } change
            ? change.Set with { Metadata = change.Set.Metadata with { Annotations = change.Annotations } }
            : state.NewSet!;

    // History is only thrown away when the rollout that makes it history is over.
    private static IReadOnlyList<ReplicaSet> Expired(RolloutState state, DeploymentStatus status)
    {
        var resting = state.Deployment.Spec?.Paused == true;
        if (state.Deployment.Spec?.RevisionHistoryLimit is not { } limit || !(resting || DeploymentStatusBuilder.IsComplete(state.Deployment, status)))
        {
            return [];
        }

        var kept = state.OldSets.Where(set => set.Metadata.DeletionTimestamp is null).OrderBy(RevisionAnnotations.RevisionOf).ToList();
        return [.. kept.Take(Math.Max(0, kept.Count - limit)).Where(IsEmpty)];
    }

    private static bool IsEmpty(ReplicaSet set) =>
        (set.Spec?.Replicas ?? 0) == 0 && (set.Status?.Replicas ?? 0) == 0 && (set.Metadata.Generation ?? 0) <= (set.Status?.ObservedGeneration ?? 0);
}
