using Mizzen.Resources.Apps;

namespace Mizzen.Cluster.Controllers.Deployments;

/// <summary>
/// A deployment and its ReplicaSets while a decision is made: the sets as they are, and the sizes and annotations that they shall have.
/// </summary>
internal sealed class RolloutState
{
    private readonly Dictionary<string, int> _sizes = [];
    private readonly Dictionary<string, IReadOnlyDictionary<string, string>> _annotations = [];

    public RolloutState(Deployment deployment, IReadOnlyList<ReplicaSet> owned)
    {
        Deployment = deployment;
        Limits = RolloutLimits.Of(deployment);
        var template = PodTemplateText.Of(deployment.Spec?.Template);
        var byAge = owned.OrderBy(set => set.Metadata.CreationTimestamp).ThenBy(set => set.Metadata.Name, StringComparer.Ordinal).ToList();
        NewSet = byAge.FirstOrDefault(set => PodTemplateText.Of(set.Spec?.Template) == template);
        OldSets = [.. byAge.Where(set => set != NewSet)];
    }

    public Deployment Deployment { get; }

    public RolloutLimits Limits { get; }

    /// <summary>The set with the current template; null until there is one.</summary>
    public ReplicaSet? NewSet { get; private set; }

    /// <summary>True when <see cref="NewSet"/> has yet to be made.</summary>
    public bool IsNewSetMissing { get; private set; }

    /// <summary>The sets of earlier templates, the oldest first.</summary>
    public IReadOnlyList<ReplicaSet> OldSets { get; }

    public IEnumerable<ReplicaSet> AllSets => NewSet is null ? OldSets : [.. OldSets, NewSet];

    /// <summary>The sets that shall have pods, the oldest first.</summary>
    public IEnumerable<ReplicaSet> ActiveSets => AllSets.Where(set => SizeOf(set) > 0);

    public int TotalSize => AllSets.Sum(SizeOf);

    public int TotalAvailable => AllSets.Sum(AvailableOf);

    /// <summary>The revision of the current template: one more than any earlier one's.</summary>
    public long NewRevision => OldSets.Select(RevisionAnnotations.RevisionOf).DefaultIfEmpty(0).Max() + 1;

    public static int AvailableOf(ReplicaSet set) => set.Status?.AvailableReplicas ?? 0;

    public int SizeOf(ReplicaSet set) => _sizes.GetValueOrDefault(NameOf(set), set.Spec?.Replicas ?? 0);

    /// <summary>Takes in a set that is about to be made.</summary>
    public void Introduce(ReplicaSet set)
    {
        NewSet = set;
        IsNewSetMissing = true;
    }

    public void Annotate(ReplicaSet set, IReadOnlyDictionary<string, string> annotations) => _annotations[NameOf(set)] = annotations;

    /// <summary>Gives a set a size; false when it has it already.</summary>
    public bool Resize(ReplicaSet set, int size)
    {
        var changed = SizeOf(set) != size;
        _sizes[NameOf(set)] = size;
        return changed;
    }

    /// <summary>Every existing set that shall be different from what it is.</summary>
    public IReadOnlyList<ReplicaSetChange> Changes() =>
        [.. AllSets.Where(set => !(IsNewSetMissing && set == NewSet)).Select(ChangeOf).OfType<ReplicaSetChange>()];

    private ReplicaSetChange? ChangeOf(ReplicaSet set)
    {
        var size = SizeOf(set);
        var annotations = _annotations.GetValueOrDefault(NameOf(set)) ?? set.Metadata.Annotations ?? new Dictionary<string, string>();
        if (_sizes.ContainsKey(NameOf(set)))
        {
            annotations = RevisionAnnotations.WithSizes(annotations, Limits);
        }

        var seconds = set == NewSet ? Deployment.Spec?.MinReadySeconds : set.Spec?.MinReadySeconds;
        var same = size == (set.Spec?.Replicas ?? 0)
            && (seconds ?? 0) == (set.Spec?.MinReadySeconds ?? 0)
            && annotations.Count == (set.Metadata.Annotations?.Count ?? 0)
            && annotations.All(annotation => set.Metadata.Annotations?.GetValueOrDefault(annotation.Key) == annotation.Value);
        return same ? null : new ReplicaSetChange(set, size, annotations, seconds ?? 0);
    }

    private static string NameOf(ReplicaSet set) => set.Metadata.Name ?? "";
}

/// <summary>How an existing ReplicaSet shall change.</summary>
internal sealed record ReplicaSetChange(ReplicaSet Set, int Size, IReadOnlyDictionary<string, string> Annotations, int MinReadySeconds);
