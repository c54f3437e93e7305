using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.Garbage;

/// <summary>How an owner is.</summary>
internal enum OwnerState
{
    /// <summary>It is there.</summary>
    Solid,

    /// <summary>It is not there, or another object has its name now.</summary>
    Absent,

    /// <summary>It waits until its dependents are gone (foreground deletion).</summary>
    WaitingForDependents,
}

/// <summary>What becomes of an object with owners.</summary>
/// <param name="Delete">True when nobody wants it any more.</param>
/// <param name="Propagation">How to delete it.</param>
/// <param name="Keep">The owner references that it keeps; null when they stay as they are.</param>
internal sealed record GarbageDecision(bool Delete, string? Propagation, IReadOnlyList<OwnerReference>? Keep)
{
    /// <summary>The finalizer of an object that waits for its dependents.</summary>
    public const string ForegroundFinalizer = "foregroundDeletion";

    /// <summary>The finalizer of an object that leaves its dependents behind.</summary>
    public const string OrphanFinalizer = "orphan";

    private static readonly GarbageDecision Nothing = new(false, null, null);

    /// <summary>Decides by the state of each owner.</summary>
    /// <param name="dependent">The object.</param>
    /// <param name="owners">Its owners, each with its state.</param>
    /// <param name="hasDependents">Whether it has dependents itself.</param>
    public static GarbageDecision Decide(ObjectMeta dependent, IReadOnlyList<(OwnerReference Reference, OwnerState State)> owners, bool hasDependents)
    {
        if (owners.Count == 0 || (dependent.DeletionTimestamp is not null && !owners.Any(owner => owner.State == OwnerState.Solid)))
        {
            return Nothing;
        }

        var solid = owners.Where(owner => owner.State == OwnerState.Solid).Select(owner => owner.Reference).ToList();
        if (solid.Count > 0)
        {
            return solid.Count == owners.Count ? Nothing : new GarbageDecision(false, null, solid);
        }

        // Dependents of an object that waits must be gone before the object is, all the way down.
        var waited = owners.Any(owner => owner.State == OwnerState.WaitingForDependents);
        return new GarbageDecision(true, waited && hasDependents ? "Foreground" : PropagationOf(dependent), null);
    }

    private static string PropagationOf(ObjectMeta metadata) => metadata.Finalizers switch
    {
        { } finalizers when finalizers.Contains(OrphanFinalizer) => "Orphan",
        { } finalizers when finalizers.Contains(ForegroundFinalizer) => "Foreground",
        _ => "Background",
    };
}
