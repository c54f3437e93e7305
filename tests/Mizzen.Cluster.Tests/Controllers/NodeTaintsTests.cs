using Mizzen.Cluster.Controllers;
using Mizzen.Cluster.Controllers.Nodes;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using static Mizzen.Cluster.Tests.Controllers.Sample;
using static Mizzen.Cluster.Tests.Scheduling.SchedulingWorld;

namespace Mizzen.Cluster.Tests.Controllers;

public sealed class NodeTaintsTests
{
    public sealed record Row(string Sentence, bool Cordoned, string Ready, string Has, string Wanted)
    {
        public override string ToString() => Sentence;
    }

    public static TheoryData<Row> Cases =>
    [
        new Row("a healthy node has none", false, "True", "", ""),
        new Row("a cordoned node takes no pods", true, "True", "", "node.kubernetes.io/unschedulable:NoSchedule"),
        new Row("an uncordoned one takes them again", false, "True", "node.kubernetes.io/unschedulable:NoSchedule", ""),
        new Row("one that is not ready loses its pods", false, "False", "", "node.kubernetes.io/not-ready:NoSchedule node.kubernetes.io/not-ready:NoExecute"),
        new Row("one that is not heard of too", false, "Unknown", "", "node.kubernetes.io/unreachable:NoSchedule node.kubernetes.io/unreachable:NoExecute"),
        new Row("what others have put there stays", true, "True", "mine:NoExecute", "mine:NoExecute node.kubernetes.io/unschedulable:NoSchedule"),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Taints_follow_the_state_of_the_node(Row row)
    {
        var node = NodeOf("n1");
        node = node with
        {
            Spec = new NodeSpec
            {
                Unschedulable = row.Cordoned,
                Taints = [.. row.Has.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => text.Split(':')).Select(parts => new Taint { Key = parts[0], Effect = parts[1] })],
            },
            Status = node.Status! with { Conditions = [new Condition { Type = "Ready", Status = row.Ready }] },
        };
        Assert.Equal(row.Wanted, string.Join(' ', NodeTaints.Wanted(node, Now).Select(taint => $"{taint.Key}:{taint.Effect}")));
    }

    public sealed record EvictionRow(string Sentence, Taint Taint, Toleration? Toleration, int? Seconds)
    {
        public override string ToString() => Sentence;
    }

    private static readonly Taint Maintenance = new() { Key = "maintenance", Value = "now", Effect = "NoExecute", TimeAdded = Now };

    public static TheoryData<EvictionRow> Evictions =>
    [
        new EvictionRow("one that says nothing goes at once", Maintenance, null, 0),
        new EvictionRow("one that tolerates it stays", Maintenance, new Toleration { Key = "maintenance", Operator = "Exists" }, null),
        new EvictionRow("one that tolerates it for a minute goes then", Maintenance, new Toleration { Key = "maintenance", Operator = "Exists", TolerationSeconds = 60 }, 60),
        new EvictionRow("another effect is nothing to flee from", Maintenance with { Effect = "NoSchedule" }, null, null),
    ];

    [Theory]
    [MemberData(nameof(Evictions))]
    public void A_pod_leaves_when_it_must(EvictionRow row)
    {
        var pod = Pod("a", "n1");
        pod = pod with { Spec = pod.Spec! with { Tolerations = row.Toleration is null ? null : [row.Toleration] } };
        Assert.Equal(row.Seconds is { } seconds ? Now.AddSeconds(seconds) : null, TaintEviction.Due(pod, [row.Taint], Now));
    }

    [Fact]
    public void A_version_that_the_controller_replaced_is_waited_out()
    {
        var replaced = new ReplacedVersions();
        var first = Pod("a");
        var second = first with { Metadata = first.Metadata with { ResourceVersion = "2" } };
        var third = first with { Metadata = first.Metadata with { ResourceVersion = "3" } };
        replaced.Note(first, second);
        replaced.Note(second, third);
        Assert.True(replaced.IsBehind(first));
        Assert.True(replaced.IsBehind(second));
        Assert.False(replaced.IsBehind(third));

        // A write that changed nothing brings nothing to wait for.
        replaced.Note(third, third);
        Assert.False(replaced.IsBehind(third));
    }
}
