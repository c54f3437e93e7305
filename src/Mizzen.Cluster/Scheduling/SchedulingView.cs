using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Scheduling;

/// <summary>What is known of the cluster while one batch of pods is placed; each placement is added to it.</summary>
internal sealed class SchedulingView
{
    private readonly Dictionary<string, NodeState> _nodes;
    private readonly Dictionary<string, IReadOnlyDictionary<string, string>?> _namespaces;
    private readonly ILookup<string, Service> _services;
    private readonly Dictionary<string, ReplicaSet> _replicaSets;

    public SchedulingView(
        IEnumerable<NodeResource> nodes,
        IEnumerable<Pod> placed,
        IEnumerable<Namespace>? namespaces = null,
        IEnumerable<Service>? services = null,
        IEnumerable<ReplicaSet>? replicaSets = null)
    {
        _nodes = nodes.OrderBy(node => node.Metadata.Name, StringComparer.Ordinal).Select(node => new NodeState(node)).ToDictionary(node => node.Name);
        _namespaces = (namespaces ?? []).ToDictionary(ns => ns.Metadata.Name ?? "", ns => ns.Metadata.Labels);
        _services = (services ?? []).ToLookup(service => service.Metadata.Namespace ?? "");
        _replicaSets = (replicaSets ?? []).ToDictionary(set => set.Metadata.Uid ?? "");
        foreach (var pod in placed)
        {
            Place(pod);
        }
    }

    public IReadOnlyCollection<NodeState> Nodes => _nodes.Values;

    /// <summary>Puts a pod on the node that its spec names.</summary>
    public void Place(Pod pod)
    {
        if (pod.Spec?.NodeName is { } name && _nodes.TryGetValue(name, out var node))
        {
            node.Add(pod);
        }
    }

    public IReadOnlyDictionary<string, string>? LabelsOfNamespace(string? ns) => _namespaces.GetValueOrDefault(ns ?? "");

    /// <summary>What makes other pods siblings of this one: the selectors of its ReplicaSet and of the services that lead to it, all of them.</summary>
    public IReadOnlyList<LabelSelector> SiblingSelectors(Pod pod)
    {
        var selectors = _services[pod.Metadata.Namespace ?? ""]
            .Where(service => service.Spec?.Selector is { Count: > 0 })
            .Select(service => new LabelSelector { MatchLabels = service.Spec!.Selector })
            .Where(selector => selector.Matches(pod.Metadata.Labels))
            .ToList();
        var owner = pod.Metadata.OwnerReferences?.FirstOrDefault(reference => reference.Controller == true)?.Uid;
        if (owner is not null && _replicaSets.TryGetValue(owner, out var set) && set.Spec?.Selector is { } own)
        {
            selectors.Add(own);
        }

        return selectors;
    }
}
