using Mizzen.Resources.Core;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Controllers.Nodes;

/// <summary>The taints that follow from a node's state: cordoned, not ready, not heard of.</summary>
internal static class NodeTaints
{
    private const string Unschedulable = "node.kubernetes.io/unschedulable";
    private const string NotReady = "node.kubernetes.io/not-ready";
    private const string Unreachable = "node.kubernetes.io/unreachable";

    /// <summary>All taints that the node should have: those that somebody else has put there stay.</summary>
    public static IReadOnlyList<Taint> Wanted(NodeResource node, DateTimeOffset now)
    {
        var has = node.Spec?.Taints ?? [];
        var derived = Derived(node).ToList();
        return
        [
            .. has.Where(taint => !IsOurs(taint) || derived.Contains((taint.Key, taint.Effect))),
            .. derived
                .Where(wanted => !has.Any(taint => (taint.Key, taint.Effect) == wanted))
                .Select(wanted => new Taint { Key = wanted.Key, Effect = wanted.Effect, TimeAdded = now }),
        ];
    }

    private static IEnumerable<(string Key, string Effect)> Derived(NodeResource node)
    {
        if (node.Spec?.Unschedulable == true)
        {
            yield return (Unschedulable, "NoSchedule");
        }

        var ready = Conditions.Find(node.Status?.Conditions, "Ready")?.Status;
        if (ready is "False" or "Unknown")
        {
            var key = ready == "False" ? NotReady : Unreachable;
            yield return (key, "NoSchedule");
            yield return (key, "NoExecute");
        }
    }

    private static bool IsOurs(Taint taint) => taint.Key is Unschedulable or NotReady or Unreachable;
}
