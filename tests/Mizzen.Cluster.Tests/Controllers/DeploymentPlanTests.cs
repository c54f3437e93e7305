using CsCheck;
using Mizzen.Cluster.Controllers.Deployments;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Meta;
using static Mizzen.Cluster.Tests.Controllers.Sample;

namespace Mizzen.Cluster.Tests.Controllers;

public sealed class DeploymentPlanTests
{
    public sealed record LimitsRow(string Sentence, int Replicas, string Surge, string Unavailable, int MaxSurge, int MaxUnavailable)
    {
        public override string ToString() => Sentence;
    }

    public static TheoryData<LimitsRow> Limits =>
    [
        new LimitsRow("a quarter of 4 is one either way", 4, "25%", "25%", 1, 1),
        new LimitsRow("surge rounds up", 5, "25%", "25%", 2, 1),
        new LimitsRow("unavailable rounds down", 3, "25%", "25%", 1, 0),
        new LimitsRow("both zero would never move, so one may be unavailable", 3, "0", "0", 0, 1),
        new LimitsRow("no more can be unavailable than there are", 2, "1", "10", 1, 2),
        new LimitsRow("numbers are taken as they are", 10, "3", "2", 3, 2),
    ];

    [Theory]
    [MemberData(nameof(Limits))]
    public void Limits_are_those_of_Kubernetes(LimitsRow row)
    {
        var limits = RolloutLimits.Of(Deployment(row.Replicas, strategy: Rolling(Amount(row.Surge), Amount(row.Unavailable))));
        Assert.Equal(new RolloutLimits(row.Replicas, row.MaxSurge, row.MaxUnavailable), limits);
    }

    [Fact]
    public void A_new_deployment_gets_a_replica_set_of_its_full_size()
    {
        var plan = DeploymentPlan.Decide(Deployment(3), [], false, Now);

        var set = Assert.IsType<ReplicaSet>(plan.Create);
        var hash = set.Metadata.Labels!["pod-template-hash"];
        Assert.Equal("web-" + hash, set.Metadata.Name);
        Assert.Matches("^[bcdfghjklmnpqrstvwxz2456789]{5,10}$", hash);
        Assert.Equal(3, set.Spec?.Replicas);
        Assert.Equal(hash, set.Spec!.Selector!.MatchLabels!["pod-template-hash"]);
        Assert.Equal(hash, set.Spec.Template!.Metadata!.Labels!["pod-template-hash"]);
        Assert.Equal("1", set.Metadata.Annotations!["deployment.kubernetes.io/revision"]);
        Assert.Equal("3", set.Metadata.Annotations["deployment.kubernetes.io/desired-replicas"]);
        Assert.Equal("4", set.Metadata.Annotations["deployment.kubernetes.io/max-replicas"]);
        Assert.Equal(1, plan.Revision);
        AssertCondition(plan.Status, "Progressing", "True", "NewReplicaSetCreated", $"Created new replica set \"{set.Metadata.Name}\"");
        AssertCondition(plan.Status, "Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.");
        Assert.Equal(3, plan.Status.UnavailableReplicas);
    }

    [Fact]
    public void A_finished_rollout_says_so()
    {
        var world = Settled(Deployment(3));
        AssertCondition(
            world.Deployment.Status!, "Progressing", "True", "NewReplicaSetAvailable", $"ReplicaSet \"{world.Newest.Metadata.Name}\" has successfully progressed.");
        AssertCondition(world.Deployment.Status!, "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.");
        Assert.Null(DeploymentStatusBuilder.DeadlineOf(world.Deployment, world.Deployment.Status!));
    }

    [Fact]
    public void A_rolling_update_goes_step_by_step()
    {
        var world = Settled(Deployment(4, strategy: Rolling(1, 1)));
        world.Edit(spec => spec with { Template = Template("app:2", "app=web") });

        List<(int Old, int New)> sizes = [];
        for (var i = 0; i < 5; i++)
        {
            world.Step();
            sizes.Add((world.Sets[0].Spec!.Replicas!.Value, world.Sets[1].Spec!.Replicas!.Value));
            world.Run();
        }

        Assert.Equal([(3, 1), (3, 2), (1, 2), (1, 4), (0, 4)], sizes);
    }

    [Fact]
    public void Any_rollout_stays_within_its_limits_and_ends()
    {
        var cases = Gen.Select(Gen.Int[1, 12], Gen.Int[0, 4], Gen.Int[0, 4], Gen.Int[1, 3], Gen.Int[0, 12]);
        cases.Sample((replicas, surge, unavailable, pace, scaledTo) =>
        {
            var world = Settled(Deployment(replicas, strategy: Rolling(surge, unavailable)));
            var limits = RolloutLimits.Of(world.Deployment);
            world.Edit(spec => spec with { Template = Template("app:2", "app=web") });
            for (var i = 0; i < 60; i++)
            {
                world.Step();
                Assert.InRange(world.Total, 0, limits.Most);
                Assert.True(Surviving(world) >= limits.FewestAvailable, $"only {Surviving(world)} of {replicas} would be available");
                world.Run(pace);
            }

            Assert.Equal(replicas, world.Newest.Spec!.Replicas);
            Assert.Equal(replicas, world.Total);
            Assert.Equal("NewReplicaSetAvailable", Progressing(world)?.Reason);

            world.Edit(spec => spec with { Replicas = scaledTo });
            world.Settle();
            Assert.Equal(scaledTo, world.Total);
        });
    }

    [Fact]
    public void Scaling_in_the_middle_of_a_rollout_is_shared_in_proportion()
    {
        var world = Settled(Deployment(10, strategy: Rolling(3, 2)));
        world.Edit(spec => spec with { Template = Template("app:2", "app=web") });
        world.Step();
        world.Step();
        Assert.Equal((8, 5), (world.Sets[0].Spec!.Replicas!.Value, world.Sets[1].Spec!.Replicas!.Value));

        world.Edit(spec => spec with { Replicas = 15 });
        world.Step();
        Assert.Equal((11, 7), (world.Sets[0].Spec!.Replicas!.Value, world.Sets[1].Spec!.Replicas!.Value));
        Assert.All(world.Sets, set => Assert.Equal("15", set.Metadata.Annotations!["deployment.kubernetes.io/desired-replicas"]));
    }

    [Fact]
    public void An_undo_takes_the_old_replica_set_back_under_a_new_revision()
    {
        var world = Settled(Deployment(2));
        var first = world.Newest.Metadata.Name;
        world.Edit(spec => spec with { Template = Template("app:2", "app=web") });
        world.Settle();

        // What kubectl rollout undo writes: the template of the old set, without its hash.
        world.Edit(spec => spec with { Template = Template("app:1", "app=web") });
        var plan = world.Step();
        world.Settle();

        Assert.Null(plan.Create);
        Assert.Equal(3, plan.Revision);
        Assert.Equal(first, world.Newest.Metadata.Name);
        Assert.Equal(2, world.Newest.Spec!.Replicas);
        Assert.Equal("1", world.Newest.Metadata.Annotations!["deployment.kubernetes.io/revision-history"]);
    }

    [Fact]
    public void Only_as_much_history_is_kept_as_asked_for()
    {
        var world = Settled(Deployment(1));
        world.Edit(spec => spec with { RevisionHistoryLimit = 2 });
        for (var version = 2; version <= 6; version++)
        {
            var image = $"app:{version}";
            world.Edit(spec => spec with { Template = Template(image, "app=web") });
            world.Settle();
            world.Settle();
        }

        Assert.Equal([4, 5, 6], world.Sets.Select(RevisionAnnotations.RevisionOf).Order());
    }

    [Fact]
    public void A_paused_deployment_scales_but_does_not_roll_out()
    {
        var world = Settled(Deployment(2));
        world.Edit(spec => spec with { Paused = true, Replicas = 5, Template = Template("app:2", "app=web") });
        world.Settle();

        Assert.Equal(5, Assert.Single(world.Sets).Spec!.Replicas);
        AssertCondition(world.Deployment.Status!, "Progressing", "Unknown", "DeploymentPaused", "Deployment is paused");

        world.Edit(spec => spec with { Paused = false });
        world.Step();
        Assert.Equal(2, world.Sets.Count);
    }

    [Fact]
    public void Recreate_waits_until_the_last_old_pod_is_gone()
    {
        var world = Settled(Deployment(3, strategy: new DeploymentStrategy { Type = "Recreate" }));
        world.Edit(spec => spec with { Template = Template("app:2", "app=web") });
        world.HasOldPods = true;
        world.Step();
        world.Run();
        Assert.Equal(0, Assert.Single(world.Sets).Spec!.Replicas);
        world.Step();
        Assert.Single(world.Sets);

        world.HasOldPods = false;
        world.Settle();
        Assert.Equal([0, 3], world.Sets.Select(set => set.Spec!.Replicas!.Value));
    }

    [Fact]
    public void A_rollout_that_gets_nowhere_exceeds_its_deadline_and_recovers()
    {
        var world = Settled(Deployment(1));
        world.Edit(spec => spec with { Template = Template("app:2", "app=web"), ProgressDeadlineSeconds = 30 });
        world.Step();
        world.Run(mostNewlyAvailable: 0);
        var plan = world.Step();
        Assert.Equal(world.Now.AddSeconds(30), plan.CheckAgain);

        world.Wait(TimeSpan.FromSeconds(30));
        world.Step();
        AssertCondition(
            world.Deployment.Status!, "Progressing", "False", "ProgressDeadlineExceeded", $"ReplicaSet \"{world.Newest.Metadata.Name}\" has timed out progressing.");

        world.Settle();
        Assert.Equal("NewReplicaSetAvailable", Progressing(world)?.Reason);
    }

    [Fact]
    public void Old_pods_that_do_not_work_are_given_up_first()
    {
        var world = Settled(Deployment(4, strategy: Rolling(1, 0)));
        world.Edit(spec => spec with { Template = Template("broken", "app=web") });
        world.Step();
        world.Run(mostNewlyAvailable: 0);
        world.Edit(spec => spec with { Template = Template("app:3", "app=web") });
        world.Step();
        world.Step();

        Assert.Equal(0, world.Sets[1].Spec!.Replicas);
        Assert.Equal(4, world.Sets[0].Spec!.Replicas);
    }

    [Fact]
    public void The_order_of_labels_and_empty_fields_makes_no_other_template()
    {
        var one = Template("app:1", "app=web", "tier=front");
        var other = Template("app:1", "tier=front", "app=web", "pod-template-hash=abc");
        other = other with { Metadata = other.Metadata! with { Annotations = new Dictionary<string, string>() } };
        Assert.Equal(PodTemplateText.Of(one), PodTemplateText.Of(other));
        Assert.Equal(PodTemplateText.Hash(one, 0), PodTemplateText.Hash(other, 0));
        Assert.NotEqual(PodTemplateText.Hash(one, 0), PodTemplateText.Hash(one, 1));
    }

    private static RolloutSimulation Settled(Deployment deployment)
    {
        var world = new RolloutSimulation(deployment);
        world.Settle();
        return world;
    }

    // What is left when the sets have carried out their sizes and nothing new has become available.
    private static int Surviving(RolloutSimulation world) =>
        world.Sets.Sum(set => Math.Min(set.Spec?.Replicas ?? 0, set.Status?.AvailableReplicas ?? 0));

    private static Condition? Progressing(RolloutSimulation world) => world.Deployment.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Progressing");

    private static IntOrString Amount(string text) => int.TryParse(text, out var number) ? number : text;

    private static void AssertCondition(DeploymentStatus status, string type, string value, string reason, string message)
    {
        var condition = Assert.Single(status.Conditions!, condition => condition.Type == type);
        Assert.Equal((value, reason, message), (condition.Status, condition.Reason, condition.Message));
    }
}
