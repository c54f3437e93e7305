using System.Globalization;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Controllers.StatefulSets;

/// <summary>What a StatefulSet needs next: in order, one at a time, unless its pods may come and go together.</summary>
/// <param name="Create">Numbers of pods that are missing.</param>
/// <param name="Delete">Pods that have failed, are too many, or are of an old template.</param>
internal sealed record StatefulSetPlan(IReadOnlyList<int> Create, IReadOnlyList<Pod> Delete)
{
    private static readonly StatefulSetPlan Nothing = new([], []);

    /// <summary>Compares what there is with what is wanted.</summary>
    /// <param name="set">The StatefulSet.</param>
    /// <param name="owned">Its pods.</param>
    /// <param name="revision">The name of the newest template.</param>
    /// <param name="now">The time.</param>
    public static StatefulSetPlan Decide(StatefulSet set, IEnumerable<Pod> owned, string revision, DateTimeOffset now)
    {
        var pods = owned.Where(pod => NumberOf(set, pod) is not null).OrderBy(pod => NumberOf(set, pod)).ToList();
        var kept = pods.Where(pod => IsWanted(set, NumberOf(set, pod)!.Value)).ToList();
        var tooMany = pods.Except(kept).Reverse().ToList();
        bool IsWell(Pod pod) => PodReadiness.IsActive(pod) && PodReadiness.AvailableAt(pod, set.Spec?.MinReadySeconds ?? 0) <= now;
        var plan = set.Spec?.PodManagementPolicy == "Parallel" ? Together(set, kept, tooMany) : InOrder(set, kept, tooMany, IsWell);
        return plan ?? Update(set, kept, revision, IsWell);
    }

    /// <summary>The pod's number; null when its name is not one of the set's.</summary>
    public static int? NumberOf(StatefulSet set, Pod pod)
    {
        var prefix = set.Metadata.Name + "-";
        return pod.Metadata.Name!.StartsWith(prefix, StringComparison.Ordinal) && int.TryParse(pod.Metadata.Name[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }

    /// <summary>The number of the first pod.</summary>
    public static int First(StatefulSet set) => set.Spec?.Ordinals?.Start ?? 0;

    private static int Count(StatefulSet set) => set.Spec?.Replicas ?? 1;

    private static bool IsWanted(StatefulSet set, int number) => number >= First(set) && number < First(set) + Count(set);

    private static IEnumerable<int> Missing(StatefulSet set, List<Pod> kept) =>
        Enumerable.Range(First(set), Count(set)).Except(kept.Select(pod => NumberOf(set, pod)!.Value));

    // Null: there is nothing to do but to update.
    private static StatefulSetPlan? Together(StatefulSet set, List<Pod> kept, List<Pod> tooMany)
    {
        var plan = new StatefulSetPlan([.. Missing(set, kept)], [.. kept.Where(MustRestart), .. tooMany.Where(pod => pod.Metadata.DeletionTimestamp is null)]);
        return plan.Create.Count + plan.Delete.Count > 0 ? plan : null;
    }

    private static StatefulSetPlan? InOrder(StatefulSet set, List<Pod> kept, List<Pod> tooMany, Func<Pod, bool> isWell)
    {
        var missing = Missing(set, kept).Select(number => (int?)number).FirstOrDefault();
        var unwell = kept.Find(pod => !isWell(pod));
        if (unwell is not null && !(missing < NumberOf(set, unwell)))
        {
            return MustRestart(unwell) ? new([], [unwell]) : Nothing;
        }

        if (missing is { } number)
        {
            return new([number], []);
        }

        return tooMany switch
        {
            [] => null,
            [{ Metadata.DeletionTimestamp: null } last, ..] => new([], [last]),
            _ => Nothing,
        };
    }

    private static bool MustRestart(Pod pod) => PodReadiness.IsFinished(pod) && pod.Metadata.DeletionTimestamp is null;

    // The last one first; each waits until its successors are well.
    private static StatefulSetPlan Update(StatefulSet set, List<Pod> kept, string revision, Func<Pod, bool> isWell)
    {
        if (set.Spec?.UpdateStrategy?.Type == "OnDelete")
        {
            return Nothing;
        }

        var from = set.Spec?.UpdateStrategy?.RollingUpdate?.Partition ?? 0;
        var waiting = Enumerable.Reverse(kept).Where(pod => NumberOf(set, pod) >= from).FirstOrDefault(pod => RevisionOf(pod) != revision || !isWell(pod));
        return waiting is { Metadata.DeletionTimestamp: null } old && RevisionOf(old) != revision ? new([], [old]) : Nothing;
    }

    private static string? RevisionOf(Pod pod) => pod.Metadata.Labels?.GetValueOrDefault(RevisionHistory.HashLabel);
}
