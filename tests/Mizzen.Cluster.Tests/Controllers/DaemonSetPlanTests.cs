using Mizzen.Cluster.Controllers.DaemonSets;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Tests.Controllers;

public sealed class DaemonSetPlanTests
{
    private const string Current = "new";

    // Nodes: . is plain, t has a taint, u is unreachable, d has no disk label. Pods: by node number; n new, o old, x old and not ready, F failed.
    [Theory]
    [InlineData("one on each node", "...", "", "1 2 3", "")]
    [InlineData("not where a taint forbids it", ".t.", "", "1 3", "")]
    [InlineData("but on a node that is not well", ".u", "", "1 2", "")]
    [InlineData("not on nodes that its selector leaves out", ".d", "", "1", "")]
    [InlineData("who is there stays", "..", "1n 2n", "", "")]
    [InlineData("one too many goes", ".", "1n 1n", "", "pod-1")]
    [InlineData("a failed one makes room first", ".", "1F", "", "pod-0")]
    [InlineData("of the old ones one goes at a time", "...", "1o 2o 3o", "", "pod-0")]
    [InlineData("and waits for its successor", "...", "1n 2o 3o", "", "pod-1")]
    [InlineData("broken old ones go at once", "...", "1x 2x 3o", "", "pod-0 pod-1")]
    [InlineData("no pod stays where it may not run", "d", "1n", "", "pod-0")]
    public void Decide(string what, string nodes, string pods, string create, string delete)
    {
        var plan = DaemonSetPlan.Decide(Set, [.. pods.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(PodOf)], nodes.Select(NodeOf), Current);
        Assert.True(create == string.Join(' ', plan.Create.Select(node => node[5..])), $"{what}: {string.Join(' ', plan.Create)}");
        Assert.True(delete == string.Join(' ', plan.Delete.Select(pod => pod.Metadata.Name)), $"{what}: {string.Join(' ', plan.Delete.Select(pod => pod.Metadata.Name))}");
    }

    [Fact]
    public void A_pod_is_pinned_to_its_node_and_endures_what_befalls_it()
    {
        var pod = DaemonSetPlan.PodFor(Set, "node-2", Current);
        Assert.Equal("node-2", DaemonSetPlan.NodeOf(pod));
        Assert.Equal(Current, pod.Metadata.Labels!["controller-revision-hash"]);
        Assert.Contains(pod.Spec!.Tolerations!, toleration => toleration is { Key: "node.kubernetes.io/unreachable", Effect: "NoExecute", TolerationSeconds: null });
    }

    private static DaemonSet Set
    {
        get
        {
            var template = Sample.Template("agent:1", "app=agent");
            return new DaemonSet
            {
                Metadata = Sample.Meta("agent"),
                Spec = new DaemonSetSpec
                {
                    Selector = new LabelSelector { MatchLabels = Sample.Labels("app=agent") },
                    Template = template with { Spec = template.Spec! with { NodeSelector = Sample.Labels("disk=yes") } },
                },
            };
        }
    }

    private static NodeResource NodeOf(char state, int index) => new()
    {
        Metadata = new ObjectMeta { Name = $"node-{index + 1}", Labels = Sample.Labels(state == 'd' ? "disk=no" : "disk=yes") },
        Spec = new NodeSpec
        {
            Taints = state switch
            {
                't' => [new Taint { Key = "mine", Effect = "NoSchedule" }],
                'u' => [new Taint { Key = "node.kubernetes.io/unreachable", Effect = "NoExecute" }],
                _ => null,
            },
        },
    };

    private static Pod PodOf(string text, int index)
    {
        var pod = Sample.Pod($"pod-{index}", $"node-{text[0]}", text[1] is 'n' or 'o', text[1] == 'F' ? "Failed" : "Running", $"controller-revision-hash={(text[1] == 'n' ? Current : "old")}");
        return pod with { Metadata = pod.Metadata with { CreationTimestamp = Sample.Now.AddSeconds(index) } };
    }
}
