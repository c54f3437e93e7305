using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Policy;

namespace Mizzen.Cluster.Controllers.Disruptions;

/// <summary>How many pods of a budget may go, as Kubernetes counts.</summary>
internal static class DisruptionPlan
{
    /// <summary>After this long, a pod whose eviction was allowed and that is still there is taken to stay.</summary>
    public static readonly TimeSpan DeletionTimeout = TimeSpan.FromMinutes(2);

    private const string Allowed = "DisruptionAllowed";

    /// <summary>The status that a budget should have.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="pods">The pods that it selects.</param>
    /// <param name="replicasOf">How many pods the owner of a pod wants; null for one that cannot be asked.</param>
    /// <param name="now">The time.</param>
    public static PodDisruptionBudgetStatus Decide(PodDisruptionBudget budget, IReadOnlyList<Pod> pods, Func<Pod, OwnerScale?> replicasOf, DateTimeOffset now)
    {
        var before = budget.Status ?? new PodDisruptionBudgetStatus();
        var (expected, desired, problem) = Wanted(budget.Spec ?? new PodDisruptionBudgetSpec(), pods, replicasOf);
        var disrupted = StillDisrupted(before.DisruptedPods, pods, now);
        var healthy = pods.Count(pod => PodReadiness.IsReady(pod) && pod.Metadata.DeletionTimestamp is null && disrupted?.ContainsKey(pod.Metadata.Name ?? "") != true);
        var allowed = problem is null && expected > 0 ? Math.Max(0, healthy - desired) : 0;
        return new PodDisruptionBudgetStatus
        {
            ObservedGeneration = budget.Metadata.Generation,
            DisruptedPods = disrupted,
            DisruptionsAllowed = allowed,
            CurrentHealthy = healthy,
            DesiredHealthy = desired,
            ExpectedPods = expected,
            Conditions = Conditions.With(before.Conditions ?? [], ConditionOf(budget, allowed, problem, now)),
        };
    }

    /// <summary>When the first of the evicted pods will be taken to stay; null when there is none.</summary>
    public static DateTimeOffset? LookAgain(PodDisruptionBudgetStatus status) =>
        status.DisruptedPods is { Count: > 0 } disrupted ? disrupted.Values.Min() + DeletionTimeout : null;

    /// <summary>Whether there is nothing to write.</summary>
    public static bool Same(PodDisruptionBudgetStatus? before, PodDisruptionBudgetStatus after) =>
        before is not null
        && before with { DisruptedPods = null, Conditions = null } == after with { DisruptedPods = null, Conditions = null }
        && (before.Conditions ?? []).SequenceEqual(after.Conditions ?? [])
        && (before.DisruptedPods?.Keys ?? []).Order().SequenceEqual((after.DisruptedPods?.Keys ?? []).Order());

    private static (int Expected, int Desired, string? Problem) Wanted(PodDisruptionBudgetSpec spec, IReadOnlyList<Pod> pods, Func<Pod, OwnerScale?> replicasOf)
    {
        if (spec.MinAvailable is { Number: { } fewest })
        {
            return (pods.Count, fewest, null);
        }

        var owners = new Dictionary<string, int>();
        foreach (var pod in pods.Where(pod => Ownership.ControllerOf(pod.Metadata) is not null))
        {
            if (replicasOf(pod) is not { } owner)
            {
                return (0, 0, $"the owner of pod {pod.Metadata.Name} has no number of replicas, so that only a minAvailable that is a number can be counted");
            }

            owners[owner.Uid] = owner.Replicas;
        }

        var expected = owners.Values.Sum();
        return spec.MaxUnavailable is { } most
            ? (expected, Math.Max(0, expected - most.Scale(expected, roundUp: true)), null)
            : (expected, spec.MinAvailable?.Scale(expected, roundUp: true) ?? 0, null);
    }

    private static Dictionary<string, DateTimeOffset>? StillDisrupted(IReadOnlyDictionary<string, DateTimeOffset>? disrupted, IReadOnlyList<Pod> pods, DateTimeOffset now)
    {
        var present = pods.Where(pod => pod.Metadata.DeletionTimestamp is null).Select(pod => pod.Metadata.Name).ToHashSet();
        var still = (disrupted ?? new Dictionary<string, DateTimeOffset>())
            .Where(entry => present.Contains(entry.Key) && entry.Value + DeletionTimeout > now)
            .ToDictionary(entry => entry.Key, entry => entry.Value);
        return still.Count == 0 ? null : still;
    }

    private static Condition ConditionOf(PodDisruptionBudget budget, int allowed, string? problem, DateTimeOffset now) => new()
    {
        Type = Allowed,
        Status = allowed > 0 ? "True" : "False",
        Reason = problem is not null ? "SyncFailed" : allowed > 0 ? "SufficientPods" : "InsufficientPods",
        Message = problem ?? "",
        ObservedGeneration = budget.Metadata.Generation,
        LastTransitionTime = now,
    };
}

/// <summary>Who makes a pod anew, and how many of its like it wants.</summary>
internal sealed record OwnerScale(string Uid, int Replicas);
