using Mizzen.Cluster.Scheduling;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Controllers.DaemonSets;

/// <summary>What a DaemonSet needs: on which nodes a pod is missing, and which pods are to go.</summary>
/// <param name="Create">The nodes that get a pod.</param>
/// <param name="Delete">Pods that are too many, have failed, or are of an old template.</param>
internal sealed record DaemonSetPlan(IReadOnlyList<string> Create, IReadOnlyList<Pod> Delete)
{
    // What a node agent has to live with, so that it can look after nodes that are not well (Kubernetes' daemon controller).
    private static readonly (string Key, string Effect)[] Endured =
    [
        ("node.kubernetes.io/not-ready", "NoExecute"), ("node.kubernetes.io/unreachable", "NoExecute"), ("node.kubernetes.io/disk-pressure", "NoSchedule"),
        ("node.kubernetes.io/memory-pressure", "NoSchedule"), ("node.kubernetes.io/pid-pressure", "NoSchedule"), ("node.kubernetes.io/unschedulable", "NoSchedule"),
    ];

    /// <summary>Compares what there is with what is wanted.</summary>
    /// <param name="set">The DaemonSet.</param>
    /// <param name="owned">Its pods.</param>
    /// <param name="nodes">All nodes.</param>
    /// <param name="hash">The name of the current template.</param>
    public static DaemonSetPlan Decide(DaemonSet set, IReadOnlyCollection<Pod> owned, IEnumerable<NodeResource> nodes, string hash)
    {
        List<string> create = [];
        List<Pod> delete = [];
        var all = nodes.ToList();
        var byNode = owned.ToLookup(NodeOf);
        foreach (var node in all)
        {
            var pods = byNode[node.Metadata.Name!].Where(pod => pod.Metadata.DeletionTimestamp is null).OrderBy(pod => pod.Metadata.CreationTimestamp).ToList();
            var failed = pods.Where(PodReadiness.IsFinished).ToList();
            var alive = pods.Except(failed).ToList();
            delete.AddRange(failed);
            delete.AddRange(Wants(set, node) || StaysOn(set, node) ? alive.Skip(1) : alive);
            // A pod that is still on its way out keeps its place, and its ports.
            if (Wants(set, node) && alive.Count == 0 && failed.Count == 0 && !byNode[node.Metadata.Name!].Any())
            {
                create.Add(node.Metadata.Name!);
            }
        }

        return new DaemonSetPlan(create, [.. delete, .. Outdated(set, owned, all, hash).Except(delete)]);
    }

    /// <summary>Whether a pod of the set belongs on a node.</summary>
    public static bool Wants(DaemonSet set, NodeResource node) => Accepts(set, node, taint => taint.Effect is "NoSchedule" or "NoExecute");

    /// <summary>The pod for a node: pinned to it, and enduring what befalls nodes.</summary>
    public static Pod PodFor(DaemonSet set, string node, string hash)
    {
        var pod = PodFromTemplate.Create(set, set.Spec?.Template, new Dictionary<string, string> { [RevisionHistory.HashLabel] = hash });
        var affinity = new NodeAffinity
        {
            RequiredDuringSchedulingIgnoredDuringExecution = new NodeSelector
            {
                NodeSelectorTerms = [new NodeSelectorTerm { MatchFields = [new NodeSelectorRequirement { Key = "metadata.name", Operator = "In", Values = [node] }] }],
            },
        };
        return pod with
        {
            Spec = (pod.Spec ?? new PodSpec()) with
            {
                Affinity = (pod.Spec?.Affinity ?? new Affinity()) with { NodeAffinity = affinity },
                Tolerations = [.. pod.Spec?.Tolerations ?? [], .. Endured.Select(taint => new Toleration { Key = taint.Key, Operator = "Exists", Effect = taint.Effect })],
            },
        };
    }

    /// <summary>The node that a pod is on, or pinned to; empty when neither.</summary>
    public static string NodeOf(Pod pod) => pod.Spec?.NodeName is { Length: > 0 } node
        ? node
        : (pod.Spec?.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms ?? [])
            .SelectMany(term => term.MatchFields ?? [])
            .FirstOrDefault(field => field.Key == "metadata.name") is { Values: [var pinned, ..] } ? pinned : "";

    private static bool StaysOn(DaemonSet set, NodeResource node) => Accepts(set, node, taint => taint.Effect == "NoExecute");

    private static bool Accepts(DaemonSet set, NodeResource node, Func<Taint, bool> counts)
    {
        var pod = new Pod { Spec = set.Spec?.Template?.Spec ?? new PodSpec() };
        return NodeAffinityRules.Accepts(pod, new NodeState(node))
            && (node.Spec?.Taints ?? []).Where(counts).All(taint => Endured.Contains((taint.Key, taint.Effect ?? "")) || TaintRules.IsTolerated(pod, taint));
    }

    // As many of the old ones go as may be missing, those first that are missing anyway.
    private static IEnumerable<Pod> Outdated(DaemonSet set, IReadOnlyCollection<Pod> owned, List<NodeResource> nodes, string hash)
    {
        if (set.Spec?.UpdateStrategy?.Type == "OnDelete")
        {
            return [];
        }

        var old = owned.Where(pod => PodReadiness.IsActive(pod) && pod.Metadata.Labels?.GetValueOrDefault(RevisionHistory.HashLabel) != hash).ToList();
        var desired = nodes.Count(node => Wants(set, node));
        var unavailable = desired - owned.Count(pod => PodReadiness.IsActive(pod) && PodReadiness.IsReady(pod));
        var broken = old.Where(pod => !PodReadiness.IsReady(pod)).ToList();
        var room = Math.Max(0, MayBeMissing(set, desired) - Math.Max(0, unavailable));
        return [.. broken, .. old.Except(broken).Take(room)];
    }

    private static int MayBeMissing(DaemonSet set, int desired)
    {
        var limit = set.Spec?.UpdateStrategy?.RollingUpdate?.MaxUnavailable ?? 1;
        return limit.Text is { } percent && int.TryParse(percent.TrimEnd('%'), System.Globalization.CultureInfo.InvariantCulture, out var part)
            ? (int)Math.Ceiling(desired * part / 100.0)
            : limit.Number ?? 1;
    }
}
