using CsCheck;
using Mizzen.Cluster.Scheduling;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using static Mizzen.Cluster.Tests.Controllers.Sample;
using static Mizzen.Cluster.Tests.Scheduling.SchedulingWorld;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Tests.Scheduling;

public sealed class SchedulingDecisionTests
{
    private static readonly string[] SpreadEvenly = ["1", "1", "1", "2"];

    [Fact]
    public void Five_copies_over_four_nodes_are_spread_two_one_one_one()
    {
        Assert.Equal(SpreadEvenly, Spread(5, []));
    }

    [Fact]
    public void They_are_spread_however_other_apps_are_distributed()
    {
        var others = Gen.Int[0, 12].Array[4];
        others.Sample(counts =>
        {
            var placed = counts.SelectMany((count, node) => Enumerable.Range(0, count).Select(number => Asking($"other-{node}-{number}", node: $"n{node + 1}")));
            Assert.Equal(SpreadEvenly, Spread(5, placed));
        });
    }

    public sealed record Row(string Sentence, Pod Pod, IReadOnlyList<NodeResource> Nodes, IReadOnlyList<Pod> Placed, string Outcome)
    {
        public override string ToString() => Sentence;
    }

    private const string NoVictims = " preemption: 0/4 nodes are available: 4 No preemption victims found for incoming pod.";
    private const string NotHelpful = " preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.";

    public static TheoryData<Row> Cases =>
    [
        new Row("no nodes", Asking("a"), [], [], "no nodes available to schedule pods"),
        new Row(
            "more than any node has", Asking("a", cpu: "3"), Four, [],
            "0/4 nodes are available: 4 Insufficient cpu." + NotHelpful),
        new Row(
            "more than is left", Asking("a", cpu: "1500m"), Four, [.. Four.Select(node => Asking("on-" + node.Metadata.Name, cpu: "1", node: node.Metadata.Name))],
            "0/4 nodes are available: 4 Insufficient cpu." + NoVictims),
        new Row(
            "two things are lacking", Asking("a", cpu: "3", memory: "8Gi"), Four, [],
            "0/4 nodes are available: 4 Insufficient cpu, 4 Insufficient memory." + NotHelpful),
        new Row(
            "a node is full", Asking("a"), [NodeOf("n1", pods: "1")], [Asking("b", node: "n1")],
            "0/1 nodes are available: 1 Too many pods. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."),
        new Row("what is left fits exactly", Asking("a", cpu: "1"), [NodeOf("n1")], [Asking("b", cpu: "1", node: "n1")], "n1"),
        new Row(
            "cordoned", Asking("a"), [.. Four.Select(node => node with { Spec = new NodeSpec { Unschedulable = true } })], [],
            "0/4 nodes are available: 4 node(s) were unschedulable." + NotHelpful),
        new Row(
            "tainted and too small", Asking("a", cpu: "3"),
            [NodeOf("n1").With(new Taint { Key = "dedicated", Value = "db", Effect = "NoSchedule" }), NodeOf("n2"), NodeOf("n3", cpu: "8"), NodeOf("n4")], [Asking("big", cpu: "6", node: "n3")],
            "0/4 nodes are available: 1 node(s) had untolerated taint {dedicated: db}, 3 Insufficient cpu. "
            + "preemption: 0/4 nodes are available: 1 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling."),
        new Row("a taint that is tolerated", Tolerating("a", "dedicated", "db"), [NodeOf("n1").With(new Taint { Key = "dedicated", Value = "db", Effect = "NoSchedule" })], [], "n1"),
        new Row(
            "not ready", Asking("a"), [NodeOf("n1") with { Status = new NodeStatus { Conditions = [new Condition { Type = "Ready", Status = "Unknown" }] } }], [],
            "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."),
        new Row("a selector picks its node", Selecting("a", "disk=ssd"), [.. Four, NodeOf("n5", labels: "disk=ssd")], [], "n5"),
        new Row("a selector without a node", Selecting("a", "disk=ssd"), Four, [], "0/4 nodes are available: 4 node(s) didn't match Pod's node affinity/selector." + NotHelpful),
        new Row("a preferred zone", Preferring("a", "topology.kubernetes.io/zone", "b"), [NodeOf("n1"), NodeOf("n2", "b")], [Asking("b", node: "n2")], "n2"),
        new Row(
            "a port of the node is taken", WithHostPort("a", 80), [NodeOf("n1")], [WithHostPort("b", 80) is var pod ? pod with { Spec = pod.Spec! with { NodeName = "n1" } } : pod],
            "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."),
        new Row("near its company", Near("a", "app=db"), Four, [Asking("db", node: "n3", labels: "app=db")], "n3"),
        new Row("no company anywhere", Near("a", "app=db"), Four, [], "0/4 nodes are available: 4 node(s) didn't match pod affinity rules." + NotHelpful),
        new Row("the first of its kind is its own company", Near("a", "app=db", labels: "app=db"), [NodeOf("n1")], [], "n1"),
        new Row(
            "those that are there avoid it", Asking("a", labels: "app=web"), [NodeOf("n1")], [Apart("b", "n1", "app=web")],
            "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."),
        new Row(
            "zones may not differ by more than one", Spreading("a", "app=web"), [NodeOf("n1"), NodeOf("n2", "b").With(new Taint { Key = "x", Effect = "NoSchedule" })], [Asking("b", node: "n1", labels: "app=web")],
            "0/2 nodes are available: 1 node(s) didn't match pod topology spread constraints, 1 node(s) had untolerated taint {x: }. "
            + "preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling."),
        new Row("the other zone is next", Spreading("a", "app=web"), [NodeOf("n1"), NodeOf("n2", "b")], [Asking("b", node: "n1", labels: "app=web")], "n2"),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_pod_gets_its_node_or_the_reason_why_not(Row row)
    {
        var decision = SchedulingDecision.Decide(new SchedulingView(row.Nodes, row.Placed), row.Pod);
        Assert.Equal(row.Outcome, decision.Node ?? decision.Message);
    }

    [Fact]
    public void With_required_anti_affinity_the_fifth_of_four_nodes_stays_pending()
    {
        var view = new SchedulingView(Four, []);
        var pods = Enumerable.Range(0, 5).Select(number => Apart($"a{number}", null, "app=web")).ToList();
        Assert.Equal(["n1", "n2", "n3", "n4"], PlaceAll(view, pods.Take(4)).Order());
        Assert.Equal(
            "0/4 nodes are available: 4 node(s) didn't match pod anti-affinity rules." + NoVictims,
            SchedulingDecision.Decide(view, pods[4]).Message);
    }

    [Fact]
    public void Siblings_are_those_of_the_same_service_when_there_is_no_owner()
    {
        var service = new Service { Metadata = Meta("web"), Spec = new ServiceSpec { Selector = Labels("app=web") } };
        var view = new SchedulingView(Four, [], services: [service]);
        var nodes = PlaceAll(view, Enumerable.Range(0, 4).Select(number => Asking($"a{number}", labels: "app=web")));
        Assert.Equal(["n1", "n2", "n3", "n4"], nodes.Order());
    }

    [Theory]
    [InlineData("100m", "0.1")]
    [InlineData("2", "2")]
    [InlineData("1.5Gi", "1610612736")]
    [InlineData("128Mi", "134217728")]
    [InlineData("1e3", "1000")]
    [InlineData("2k", "2000")]
    [InlineData("3E", "3000000000000000000")]
    public void Quantities_are_read_as_Kubernetes_writes_them(string text, string amount)
    {
        Assert.True(Quantity.TryParse(text, out var parsed));
        Assert.Equal(decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture), parsed);
    }

    [Fact]
    public void Init_containers_count_by_their_peak_and_sidecars_with_the_app()
    {
        var pod = Asking("a", cpu: "1") is var asking
            ? asking with
            {
                Spec = asking.Spec! with
                {
                    InitContainers =
                    [
                        new Container { Name = "sidecar", RestartPolicy = "Always", Resources = Requests("500m") },
                        new Container { Name = "migrate", Resources = Requests("1200m") },
                    ],
                },
            }
            : asking;
        Assert.Equal(1.7m, PodDemand.Of(pod).Requests["cpu"]);
    }

    private static string[] Spread(int count, IEnumerable<Pod> placed)
    {
        var set = Set("web-1", "app=web");
        var view = new SchedulingView(Four, placed, replicaSets: [set]);
        var nodes = PlaceAll(view, Enumerable.Range(0, count).Select(number => Asking($"web-{number}", labels: "app=web").OwnedBy(set)));
        return [.. nodes.CountBy(node => node ?? "").Select(pair => pair.Value.ToString(System.Globalization.CultureInfo.InvariantCulture)).Order()];
    }

    private static ResourceRequirements Requests(string cpu) => new() { Requests = new Dictionary<string, IntOrString> { ["cpu"] = cpu } };

    private static Pod Edit(Pod pod, Func<PodSpec, PodSpec> edit) => pod with { Spec = edit(pod.Spec!) };

    private static Pod Tolerating(string name, string key, string value) =>
        Edit(Asking(name), spec => spec with { Tolerations = [new Toleration { Key = key, Operator = "Equal", Value = value, Effect = "NoSchedule" }] });

    private static Pod Selecting(string name, string label) => Edit(Asking(name), spec => spec with { NodeSelector = Labels(label) });

    private static Pod WithHostPort(string name, int port) => Edit(
        Asking(name), spec => spec with { Containers = [new Container { Name = "app", Ports = [new ContainerPort { Port = port, HostPort = port }] }] });

    private static Pod Preferring(string name, string key, string value) => Edit(Asking(name), spec => spec with
    {
        Affinity = new Affinity
        {
            NodeAffinity = new NodeAffinity
            {
                PreferredDuringSchedulingIgnoredDuringExecution =
                [
                    new PreferredSchedulingTerm
                    {
                        Weight = 10,
                        Preference = new NodeSelectorTerm { MatchExpressions = [new NodeSelectorRequirement { Key = key, Operator = "In", Values = [value] }] },
                    },
                ],
            },
        },
    });

    private static Pod Near(string name, string other, params string[] labels) => Edit(
        Asking(name, labels: labels), spec => spec with { Affinity = new Affinity { PodAffinity = Required(other) } });

    private static Pod Apart(string name, string? node, string label) => Edit(
        Asking(name, node: node, labels: label), spec => spec with { Affinity = new Affinity { PodAntiAffinity = Required(label) } });

    private static PodAffinity Required(string label) => new()
    {
        RequiredDuringSchedulingIgnoredDuringExecution =
            [new PodAffinityTerm { TopologyKey = "kubernetes.io/hostname", LabelSelector = new LabelSelector { MatchLabels = Labels(label) } }],
    };

    private static Pod Spreading(string name, string label) => Edit(Asking(name, labels: label), spec => spec with
    {
        TopologySpreadConstraints =
        [
            new TopologySpreadConstraint
            {
                MaxSkew = 1,
                TopologyKey = "topology.kubernetes.io/zone",
                WhenUnsatisfiable = "DoNotSchedule",
                LabelSelector = new LabelSelector { MatchLabels = Labels(label) },
            },
        ],
    });
}
