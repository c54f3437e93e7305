using Mizzen.Resources.Core;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Scheduling;

/// <summary>A node with the pods that are on it or on their way to it.</summary>
internal sealed class NodeState
{
    private readonly Dictionary<string, decimal> _allocatable = [];
    private readonly Dictionary<string, decimal> _used = [];
    private readonly List<Pod> _pods = [];

    public NodeState(NodeResource node)
    {
        Node = node;
        foreach (var (name, text) in node.Status?.Allocatable ?? node.Status?.Capacity ?? new Dictionary<string, Mizzen.Resources.Meta.IntOrString>())
        {
            if (Quantity.TryParse(text.ToString(), out var amount))
            {
                _allocatable[name] = amount;
            }
        }
    }

    public NodeResource Node { get; }

    public string Name => Node.Metadata.Name ?? "";

    public IReadOnlyList<Pod> Pods => _pods;

    /// <summary>CPUs taken, pods without requests counted as a little.</summary>
    public decimal ComparedCpu { get; private set; }

    /// <summary>Bytes taken, pods without requests counted as a little.</summary>
    public decimal ComparedMemory { get; private set; }

    public decimal Allocatable(string resource) => _allocatable.GetValueOrDefault(resource);

    public decimal Free(string resource) => Allocatable(resource) - _used.GetValueOrDefault(resource);

    public string? Label(string key) => Node.Metadata.Labels?.GetValueOrDefault(key);

    public void Add(Pod pod)
    {
        _pods.Add(pod);
        var demand = PodDemand.Of(pod);
        ComparedCpu += demand.ComparedCpu;
        ComparedMemory += demand.ComparedMemory;
        foreach (var (name, amount) in demand.Requests)
        {
            _used[name] = _used.GetValueOrDefault(name) + amount;
        }
    }

    /// <summary>The node's taints; one that is not ready has that one, whoever writes taints.</summary>
    public IEnumerable<Taint> Taints()
    {
        foreach (var taint in Node.Spec?.Taints ?? [])
        {
            yield return taint;
        }

        var ready = Node.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready");
        if (ready is { Status: not "True" } && Node.Spec?.Taints?.Any(taint => taint.Key == NotReady) != true)
        {
            yield return new Taint { Key = NotReady, Effect = "NoSchedule" };
        }
    }

    private const string NotReady = "node.kubernetes.io/not-ready";
}
