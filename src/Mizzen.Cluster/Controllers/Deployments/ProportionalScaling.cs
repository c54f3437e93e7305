using Mizzen.Resources.Apps;

namespace Mizzen.Cluster.Controllers.Deployments;

/// <summary>A change of the wanted number while a rollout is under way or paused: every set takes its share.</summary>
internal static class ProportionalScaling
{
    /// <summary>True when the sets with pods were last sized for another wanted number.</summary>
    public static bool IsNeeded(RolloutState state) =>
        state.ActiveSets.Any(set => RevisionAnnotations.DesiredOf(set) is { } desired && desired != state.Limits.Replicas);

    public static void Step(RolloutState state)
    {
        var active = state.ActiveSets.ToList();
        if (active.Count <= 1)
        {
            if ((active.FirstOrDefault() ?? state.NewSet ?? (state.OldSets is [.., var last] ? last : null)) is { } only)
            {
                state.Resize(only, state.Limits.Replicas);
            }
        }
        else if (IsSaturated(state))
        {
            foreach (var old in state.OldSets.Where(set => state.SizeOf(set) > 0))
            {
                state.Resize(old, 0);
            }
        }
        else if (RolloutLimits.IsRolling(state.Deployment))
        {
            Share(state, active);
        }
    }

    private static bool IsSaturated(RolloutState state) =>
        state.NewSet is { } set
        && state.SizeOf(set) == state.Limits.Replicas
        && RevisionAnnotations.DesiredOf(set) == state.Limits.Replicas
        && RolloutState.AvailableOf(set) == state.Limits.Replicas;

    private static void Share(RolloutState state, List<ReplicaSet> active)
    {
        var left = state.Limits.Most - active.Sum(state.SizeOf);

        // The largest take the rest that rounding leaves; among equals the newest when growing, the oldest when shrinking.
        active.Reverse();
        var ordered = left > 0 ? active : Enumerable.Reverse(active);
        var shares = ordered.OrderByDescending(state.SizeOf).Select(set => (Set: set, Share: 0)).ToList();
        for (var i = 0; i < shares.Count; i++)
        {
            var fraction = Fraction(state, shares[i].Set);
            var share = left > 0 ? Math.Clamp(fraction, 0, left) : Math.Clamp(fraction, left, 0);
            shares[i] = (shares[i].Set, share);
            left -= share;
        }

        for (var i = 0; i < shares.Count; i++)
        {
            var (set, share) = shares[i];
            state.Resize(set, Math.Max(0, state.SizeOf(set) + share + (i == 0 ? left : 0)));
        }
    }

    private static int Fraction(RolloutState state, ReplicaSet set)
    {
        var size = state.SizeOf(set);
        if (state.Limits.Replicas == 0)
        {
            return -size;
        }

        var before = RevisionAnnotations.MostOf(set) is > 0 and var most ? most : state.Deployment.Status?.Replicas ?? 0;
        return before == 0
            ? 0
            : (int)Math.Round((double)size * (state.Limits.Replicas + state.Limits.MaxSurge) / before, MidpointRounding.AwayFromZero) - size;
    }
}
