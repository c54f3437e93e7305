using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Controllers.DaemonSets;

/// <summary>A DaemonSet's status from its pods and the nodes.</summary>
internal static class DaemonSetStatusBuilder
{
    public static DaemonSetStatus Build(DaemonSet set, IReadOnlyCollection<Pod> owned, IEnumerable<NodeResource> nodes, string hash, DateTimeOffset now)
    {
        var wanted = nodes.Where(node => DaemonSetPlan.Wants(set, node)).Select(node => node.Metadata.Name!).ToHashSet();
        var first = owned.Where(PodReadiness.IsActive).GroupBy(DaemonSetPlan.NodeOf).Select(pods => pods.MinBy(pod => pod.Metadata.CreationTimestamp)!).ToList();
        var placed = first.Where(pod => wanted.Contains(DaemonSetPlan.NodeOf(pod))).ToList();
        var available = placed.Count(pod => PodReadiness.AvailableAt(pod, set.Spec?.MinReadySeconds ?? 0) <= now);
        return new DaemonSetStatus
        {
            DesiredNumberScheduled = wanted.Count,
            CurrentNumberScheduled = placed.Count,
            NumberMisscheduled = first.Count - placed.Count,
            NumberReady = placed.Count(PodReadiness.IsReady),
            ObservedGeneration = set.Metadata.Generation,
            UpdatedNumberScheduled = Some(placed.Count(pod => pod.Metadata.Labels?.GetValueOrDefault(RevisionHistory.HashLabel) == hash)),
            NumberAvailable = Some(available),
            NumberUnavailable = Some(wanted.Count - available),
        };
    }

    // Kubernetes leaves zeros out of these fields.
    private static int? Some(int count) => count <= 0 ? null : count;
}
