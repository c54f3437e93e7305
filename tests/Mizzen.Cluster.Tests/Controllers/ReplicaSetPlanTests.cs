using Mizzen.Cluster.Controllers;
using Mizzen.Cluster.Controllers.ReplicaSets;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using static Mizzen.Cluster.Tests.Controllers.Sample;

namespace Mizzen.Cluster.Tests.Controllers;

public sealed class ReplicaSetPlanTests
{
    private static readonly ReplicaSet Two = new()
    {
        Metadata = Meta("web-1"),
        Spec = new ReplicaSetSpec { Replicas = 2, Selector = new LabelSelector { MatchLabels = Labels("app=web") }, Template = Template("app:1", "app=web") },
    };

    public sealed record Row(string Sentence, Pod First, params Pod[] Rest)
    {
        public override string ToString() => Sentence;
    }

    public static TheoryData<Row> FirstToGo =>
    [
        new Row("one without a node", Pod("a"), Pod("b", "n1", ready: true), Pod("c", "n2", ready: true)),
        new Row("one that is pending", Pod("a", "n1"), Pod("b", "n2", ready: true), Pod("c", "n3", ready: true)),
        new Row("one that is not ready", Pod("a", "n1", phase: "Running"), Pod("b", "n2", ready: true), Pod("c", "n3", ready: true)),
        new Row("one that costs less", Costing(-5, "a", "n1"), Pod("b", "n2", ready: true), Costing(7, "c", "n3")),
        new Row("one that shares its node", Pod("z", "n1", ready: true), Aged(Pod("b", "n1", ready: true), 5), Pod("c", "n2", ready: true)),
        new Row("one that became ready lately", Pod("a", "n1", ready: true), ReadyFor(Pod("b", "n2", ready: true), 60), ReadyFor(Pod("c", "n3", ready: true), 90)),
        new Row("one that was restarted more often", Restarted(3, "a", "n1"), Pod("b", "n2", ready: true), Restarted(1, "c", "n3")),
        new Row("one that is younger by an order of magnitude", Pod("a", "n1", ready: true), Aged(Pod("b", "n2", ready: true), 600), Aged(Pod("c", "n3", ready: true), 700)),
    ];

    [Theory]
    [MemberData(nameof(FirstToGo))]
    public void The_pod_that_is_missed_least_goes_first(Row row)
    {
        Pod[] pods = [.. row.Rest, row.First];
        var plan = ReplicaSetPlan.Decide(Two, pods, pods, Now);
        Assert.Equal(row.First.Metadata.Name, Assert.Single(plan.Delete).Metadata.Name);
    }

    [Fact]
    public void Pods_that_are_finished_or_leaving_are_replaced()
    {
        var leaving = Pod("a", "n1", ready: true);
        Pod[] pods = [leaving with { Metadata = leaving.Metadata with { DeletionTimestamp = Now } }, Pod("b", "n1", phase: "Failed"), Pod("c", "n1")];
        var plan = ReplicaSetPlan.Decide(Two, pods, pods, Now);
        Assert.Equal(1, plan.Create);
        Assert.Empty(plan.Delete);
    }

    [Fact]
    public void The_status_counts_what_is_ready_and_what_has_been_for_long_enough()
    {
        var set = Two with { Spec = Two.Spec! with { MinReadySeconds = 90 } };
        Pod[] pods = [Labelled(ReadyFor(Pod("a", "n1", ready: true), 2), "app=web"), Labelled(Pod("b", "n1", ready: true), "app=web"), Pod("c")];
        var status = ReplicaSetStatusBuilder.Build(set, pods, null, Now);
        Assert.Equal((3, 2, 2, 1), (status.Replicas, status.FullyLabeledReplicas, status.ReadyReplicas, status.AvailableReplicas));
        Assert.Equal(Now.AddSeconds(30), ReplicaSetStatusBuilder.NextAvailable(set, pods, Now));
        Assert.Null(status.Conditions);
    }

    [Fact]
    public void A_refused_pod_shows_in_the_status_until_it_is_no_longer_refused()
    {
        var failed = ReplicaSetStatusBuilder.Build(Two, [], new PodFailure("FailedCreate", "no"), Now);
        Assert.Equal(("ReplicaFailure", "True", "FailedCreate", "no"), Assert.Single(failed.Conditions!) is var condition ? (condition.Type, condition.Status, condition.Reason, condition.Message) : default);
        Assert.Null(ReplicaSetStatusBuilder.Build(Two with { Status = failed }, [], null, Now).Conditions);
    }

    [Fact]
    public void A_pod_carries_the_template_and_its_owner()
    {
        var pod = PodFromTemplate.Create(Two, Two.Spec?.Template);
        Assert.Matches("^web-1-[bcdfghjklmnpqrstvwxz2456789]{5}$", pod.Metadata.Name);
        Assert.Equal("web", pod.Metadata.Labels!["app"]);
        var owner = Assert.Single(pod.Metadata.OwnerReferences!);
        Assert.Equal(("apps/v1", "ReplicaSet", "web-1", "uid-web-1", true, true), (owner.ApiVersion, owner.Kind, owner.Name, owner.Uid, owner.Controller, owner.BlockOwnerDeletion));
    }

    [Fact]
    public void Pods_are_adopted_and_released_by_their_labels()
    {
        var own = Ownership.ReferenceTo(Two);
        var foreign = own with { Uid = "someone" };
        Pod[] pods =
        [
            Owned("owned", own, "app=web"), Owned("strayed", own, "app=other"), Owned("foreign", foreign, "app=web"),
            Pod("orphan", labels: "app=web"), Pod("stranger", labels: "app=other"),
        ];

        var claim = Ownership.Decide(Two, Two.Spec!.Selector!, pods);
        Assert.Equal(["owned"], claim.Owned.Select(pod => pod.Metadata.Name));
        Assert.Equal(["orphan"], claim.Adopt.Select(pod => pod.Metadata.Name));
        Assert.Equal(["strayed"], claim.Release.Select(pod => pod.Metadata.Name));
    }

    [Fact]
    public void What_is_on_its_way_out_adopts_nothing()
    {
        var leaving = Two with { Metadata = Two.Metadata with { DeletionTimestamp = Now } };
        var claim = Ownership.Decide(leaving, Two.Spec!.Selector!, [Pod("orphan", labels: "app=web")]);
        Assert.Empty(claim.Adopt);
    }

    private static Pod Owned(string name, OwnerReference owner, params string[] labels)
    {
        var pod = Pod(name, labels: labels);
        return pod with { Metadata = pod.Metadata with { OwnerReferences = [owner] } };
    }

    private static Pod Labelled(Pod pod, params string[] labels) => pod with { Metadata = pod.Metadata with { Labels = Labels(labels) } };

    private static Pod Costing(int cost, string name, string node)
    {
        var pod = Pod(name, node, ready: true);
        return pod with { Metadata = pod.Metadata with { Annotations = Labels($"{ScaleDownOrder.DeletionCost}={cost}") } };
    }

    private static Pod Restarted(int count, string name, string node)
    {
        var pod = Pod(name, node, ready: true);
        return pod with { Status = pod.Status! with { ContainerStatuses = [new ContainerStatus { Name = "app", RestartCount = count }] } };
    }

    private static Pod ReadyFor(Pod pod, int minutes) => pod with
    {
        Status = pod.Status! with { Conditions = [new Condition { Type = "Ready", Status = "True", LastTransitionTime = Now.AddMinutes(-minutes) }] },
    };

    private static Pod Aged(Pod pod, int minutes) => pod with { Metadata = pod.Metadata with { CreationTimestamp = Now.AddMinutes(-minutes) } };
}
