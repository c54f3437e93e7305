using Mizzen.Cluster.Scheduling;
using Mizzen.Cluster.Tests.Controllers;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Tests.Scheduling;

/// <summary>Nodes and pods as the scheduler sees them, put together by what a test is about.</summary>
internal static class SchedulingWorld
{
    public static NodeResource NodeOf(string name, string zone = "a", string cpu = "2", string memory = "4Gi", string pods = "110", params string[] labels) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = name,
            Labels = Sample.Labels([$"kubernetes.io/hostname={name}", $"topology.kubernetes.io/zone={zone}", .. labels]),
        },
        Spec = new NodeSpec(),
        Status = new NodeStatus { Allocatable = new Dictionary<string, IntOrString> { ["cpu"] = cpu, ["memory"] = memory, ["pods"] = pods } },
    };

    /// <summary>Four nodes in two zones, as a local cluster has them.</summary>
    public static IReadOnlyList<NodeResource> Four { get; } = [NodeOf("n1"), NodeOf("n2", "b"), NodeOf("n3"), NodeOf("n4", "b")];

    public static NodeResource With(this NodeResource node, params Taint[] taints) => node with { Spec = node.Spec! with { Taints = taints } };

    public static Pod Asking(string name, string? cpu = null, string? memory = null, string? node = null, params string[] labels)
    {
        var requests = new Dictionary<string, IntOrString>();
        if (cpu is not null)
        {
            requests["cpu"] = cpu;
        }

        if (memory is not null)
        {
            requests["memory"] = memory;
        }

        return Sample.Pod(name, node, labels: labels) with
        {
            Spec = new PodSpec { NodeName = node, Containers = [new Container { Name = "app", Resources = new ResourceRequirements { Requests = requests } }] },
        };
    }

    public static ReplicaSet Set(string name, params string[] labels) => new()
    {
        Metadata = Sample.Meta(name),
        Spec = new ReplicaSetSpec { Selector = new LabelSelector { MatchLabels = Sample.Labels(labels) } },
    };

    public static Pod OwnedBy(this Pod pod, ReplicaSet set) => pod with
    {
        Metadata = pod.Metadata with
        {
            OwnerReferences = [new OwnerReference { ApiVersion = "apps/v1", Kind = "ReplicaSet", Name = set.Metadata.Name!, Uid = set.Metadata.Uid!, Controller = true }],
        },
    };

    /// <summary>Places pods one after another and returns the node of each; null where there was no place.</summary>
    public static IReadOnlyList<string?> PlaceAll(SchedulingView view, IEnumerable<Pod> pods)
    {
        var nodes = new List<string?>();
        foreach (var pod in pods)
        {
            var node = SchedulingDecision.Decide(view, pod).Node;
            nodes.Add(node);
            if (node is not null)
            {
                view.Place(pod with { Spec = pod.Spec! with { NodeName = node } });
            }
        }

        return nodes;
    }
}
