using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Scheduling;

/// <summary>Where a pod goes, or why it goes nowhere.</summary>
/// <param name="Node">The node; null when none will do.</param>
/// <param name="Message">Why none will do, as Kubernetes words it; null when one does.</param>
internal sealed record SchedulingDecision(string? Node, string? Message)
{
    /// <summary>Places one pod: a pure function of what is known.</summary>
    public static SchedulingDecision Decide(SchedulingView view, Pod pod)
    {
        if (view.Nodes.Count == 0)
        {
            return new SchedulingDecision(null, "no nodes available to schedule pods");
        }

        var context = new PodContext(view, pod);
        List<NodeState> feasible = [];
        List<Rejection> rejections = [];
        foreach (var node in view.Nodes)
        {
            if (NodeFilters.Reject(context, node) is { } rejection)
            {
                rejections.Add(rejection);
            }
            else
            {
                feasible.Add(node);
            }
        }

        return feasible.Count == 0 ? new SchedulingDecision(null, Explain(rejections)) : new SchedulingDecision(Best(context, feasible).Name, null);
    }

    private static NodeState Best(PodContext context, List<NodeState> feasible)
    {
        var scores = NodeScores.Of(context, feasible);
        return feasible
            .Zip(scores)
            .OrderByDescending(pair => Math.Round(pair.Second, 6))
            .ThenBy(pair => pair.First.Pods.Count)
            .First()
            .First;
    }

    private static string Explain(List<Rejection> rejections)
    {
        var hopeless = rejections.Count(rejection => rejection.IsFinal);
        List<string> preemption = [];
        if (rejections.Count > hopeless)
        {
            preemption.Add($"{rejections.Count - hopeless} No preemption victims found for incoming pod");
        }

        if (hopeless > 0)
        {
            preemption.Add($"{hopeless} Preemption is not helpful for scheduling");
        }

        return $"{Available(rejections.Count, Counted(rejections))} preemption: {Available(rejections.Count, preemption)}";
    }

    private static IEnumerable<string> Counted(List<Rejection> rejections) =>
        rejections.SelectMany(rejection => rejection.Reasons).CountBy(reason => reason).Select(pair => $"{pair.Value} {pair.Key}");

    private static string Available(int nodes, IEnumerable<string> reasons) =>
        $"0/{nodes} nodes are available: {string.Join(", ", reasons.Order(StringComparer.Ordinal))}.";
}
