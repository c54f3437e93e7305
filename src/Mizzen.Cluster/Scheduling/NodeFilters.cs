using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Scheduling;

/// <summary>Why a node is out of the question for a pod.</summary>
/// <param name="Reasons">In Kubernetes' words.</param>
/// <param name="IsFinal">True when the node would be out of the question even without other pods.</param>
internal sealed record Rejection(IReadOnlyList<string> Reasons, bool IsFinal);

/// <summary>What all filters and scores know about the pod to place.</summary>
internal sealed class PodContext(SchedulingView view, Pod pod)
{
    public SchedulingView View { get; } = view;

    public Pod Pod { get; } = pod;

    public PodDemand Demand { get; } = PodDemand.Of(pod);

    public PodAffinityRules Affinity { get; } = new(view, pod);

    public TopologySpread Spread { get; } = new(view, pod);
}

/// <summary>The conditions that a node must fulfil, in the order in which Kubernetes' default plugins ask; the first that fails counts.</summary>
internal static class NodeFilters
{
    private const string UnschedulableTaint = "node.kubernetes.io/unschedulable";

    private static readonly Func<PodContext, NodeState, Rejection?>[] InOrder =
        [Unschedulable, NamedNode, Taints, NodeAffinity, HostPorts, Resources, Spreading, Company];

    public static Rejection? Reject(PodContext context, NodeState node)
    {
        foreach (var filter in InOrder)
        {
            if (filter(context, node) is { } rejection)
            {
                return rejection;
            }
        }

        return null;
    }

    private static Rejection? Unschedulable(PodContext context, NodeState node)
    {
        var taint = new Taint { Key = UnschedulableTaint, Effect = "NoSchedule" };
        return node.Node.Spec?.Unschedulable == true && !TaintRules.IsTolerated(context.Pod, taint) ? Final("node(s) were unschedulable") : null;
    }

    // A pod that names a node is not scheduled at all; this is for selectors by field.
    private static Rejection? NamedNode(PodContext context, NodeState node) =>
        context.Pod.Spec?.NodeName is { Length: > 0 } name && name != node.Name ? Final("node(s) didn't match the requested node name") : null;

    private static Rejection? Taints(PodContext context, NodeState node) =>
        TaintRules.Untolerated(context.Pod, node) is { } taint ? Final($"node(s) had untolerated taint {{{taint.Key}: {taint.Value}}}") : null;

    private static Rejection? NodeAffinity(PodContext context, NodeState node) =>
        NodeAffinityRules.Accepts(context.Pod, node) ? null : Final("node(s) didn't match Pod's node affinity/selector");

    private static Rejection? HostPorts(PodContext context, NodeState node)
    {
        var wanted = context.Demand.HostPorts;
        var taken = wanted.Count > 0 && node.Pods.Any(pod => PodDemand.Of(pod).HostPorts.Any(port => wanted.Any(port.Conflicts)));
        return taken ? Passing("node(s) didn't have free ports for the requested pod ports") : null;
    }

    private static Rejection? Resources(PodContext context, NodeState node)
    {
        var lacking = context.Demand.Requests.Where(request => request.Value > 0 && request.Value > node.Free(request.Key)).ToList();
        var reasons = lacking.Select(request => $"Insufficient {request.Key}").ToList();
        if (node.Pods.Count + 1 > node.Allocatable("pods"))
        {
            reasons.Insert(0, "Too many pods");
        }

        var hopeless = lacking.Any(request => request.Value > node.Allocatable(request.Key));
        return reasons.Count == 0 ? null : new Rejection(reasons, hopeless);
    }

    private static Rejection? Spreading(PodContext context, NodeState node)
    {
        if (context.Spread.LacksLabel(node))
        {
            return Final("node(s) didn't match pod topology spread constraints (missing required label)");
        }

        return context.Spread.WouldSkew(node) ? Passing("node(s) didn't match pod topology spread constraints") : null;
    }

    private static Rejection? Company(PodContext context, NodeState node)
    {
        if (!context.Affinity.HasCompany(node))
        {
            return Final("node(s) didn't match pod affinity rules");
        }

        if (context.Affinity.HasUnwantedCompany(node))
        {
            return Passing("node(s) didn't match pod anti-affinity rules");
        }

        return context.Affinity.IsUnwanted(node) ? Passing("node(s) didn't satisfy existing pods anti-affinity rules") : null;
    }

    private static Rejection Final(string reason) => new([reason], IsFinal: true);

    private static Rejection Passing(string reason) => new([reason], IsFinal: false);
}
