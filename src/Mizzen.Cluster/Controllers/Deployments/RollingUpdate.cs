using Mizzen.Resources.Apps;

namespace Mizzen.Cluster.Controllers.Deployments;

/// <summary>One step from old pods to new ones that keeps enough of them available and not too many in all.</summary>
internal static class RollingUpdate
{
    /// <summary>Grows the new set, or else shrinks the old ones; the step after that follows when the sets report back.</summary>
    public static void Step(RolloutState state)
    {
        if (!GrowNew(state))
        {
            ShrinkOld(state);
        }
    }

    /// <summary>How large the new set may be now.</summary>
    public static int SizeOfNew(RolloutState state, int current)
    {
        var limits = state.Limits;
        if (!RolloutLimits.IsRolling(state.Deployment) || current > limits.Replicas)
        {
            return limits.Replicas;
        }

        var room = limits.Replicas + limits.MaxSurge - state.TotalSize;
        return room <= 0 ? current : current + Math.Min(room, limits.Replicas - current);
    }

    private static bool GrowNew(RolloutState state) =>
        state.NewSet is { } set && state.Resize(set, SizeOfNew(state, state.SizeOf(set)));

    private static void ShrinkOld(RolloutState state)
    {
        var newUnavailable = state.NewSet is { } set ? state.SizeOf(set) - RolloutState.AvailableOf(set) : 0;
        var most = state.TotalSize - state.Limits.FewestAvailable - newUnavailable;
        if (most <= 0)
        {
            return;
        }

        // Pods that do not work are given up first: they cost no availability.
        var freed = 0;
        foreach (var old in state.OldSets)
        {
            freed += Shrink(state, old, Math.Min(most - freed, state.SizeOf(old) - RolloutState.AvailableOf(old)));
        }

        var spare = state.TotalAvailable - state.Limits.FewestAvailable;
        foreach (var old in state.OldSets)
        {
            spare -= Shrink(state, old, Math.Min(spare, state.SizeOf(old)));
        }
    }

    private static int Shrink(RolloutState state, ReplicaSet set, int count)
    {
        if (count <= 0)
        {
            return 0;
        }

        state.Resize(set, state.SizeOf(set) - count);
        return count;
    }
}
