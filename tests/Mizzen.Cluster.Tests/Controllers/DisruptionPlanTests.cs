using Mizzen.Cluster.Controllers.Disruptions;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Policy;

namespace Mizzen.Cluster.Tests.Controllers;

public sealed class DisruptionPlanTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    // Pods that are ready, pods that are not, and what their owner wants; how many must stay, how many may go now.
    [InlineData("min 2", 3, 0, 3, 2, 1)]
    [InlineData("min 2", 2, 0, 2, 2, 0)]
    [InlineData("min 2", 1, 2, 3, 2, 0)]
    [InlineData("min 50%", 5, 0, 5, 3, 2)]
    [InlineData("min 50%", 5, 0, 10, 5, 0)]
    [InlineData("min 0", 3, 0, 3, 0, 3)]
    [InlineData("max 1", 3, 0, 3, 2, 1)]
    [InlineData("max 1", 2, 1, 3, 2, 0)]
    [InlineData("max 0", 3, 0, 3, 3, 0)]
    [InlineData("max 30%", 4, 0, 4, 2, 2)]
    [InlineData("max 100%", 4, 0, 4, 0, 4)]
    [InlineData("min 1", 0, 0, 0, 1, 0)]
    public void A_budget_allows(string budget, int ready, int unready, int replicas, int desired, int allowed)
    {
        var status = DisruptionPlan.Decide(Budget(budget), Pods(ready, unready), _ => new OwnerScale("set", replicas), Now);

        Assert.Equal((desired, ready, allowed), (status.DesiredHealthy, status.CurrentHealthy, status.DisruptionsAllowed));
        var condition = Assert.Single(status.Conditions!);
        Assert.Equal(("DisruptionAllowed", allowed > 0 ? "True" : "False", allowed > 0 ? "SufficientPods" : "InsufficientPods"), (condition.Type, condition.Status, condition.Reason));
    }

    [Fact]
    public void A_pod_that_may_go_counts_no_more_until_it_is_gone_or_has_stayed_too_long()
    {
        var pods = Pods(3, 0);
        var budget = Budget("min 1") with { Status = new PodDisruptionBudgetStatus { DisruptedPods = new Dictionary<string, DateTimeOffset> { ["ready-0"] = Now.AddSeconds(-30), ["gone"] = Now } } };

        var status = DisruptionPlan.Decide(budget, pods, _ => null, Now);
        Assert.Equal(["ready-0"], status.DisruptedPods!.Keys);
        Assert.Equal((2, 1), (status.CurrentHealthy, status.DisruptionsAllowed));
        Assert.Equal(Now.AddSeconds(90), DisruptionPlan.LookAgain(status));
        Assert.Equal(3, DisruptionPlan.Decide(budget, pods, _ => null, Now.AddMinutes(2)).CurrentHealthy);
    }

    [Fact]
    public void A_share_of_pods_whose_owner_has_no_number_of_them_cannot_be_counted()
    {
        var status = DisruptionPlan.Decide(Budget("max 1"), Pods(3, 0), _ => null, Now);
        Assert.Equal((0, "SyncFailed"), (status.DisruptionsAllowed, status.Conditions![0].Reason));
        Assert.Equal(2, DisruptionPlan.Decide(Budget("min 1"), Pods(3, 0), _ => null, Now).DisruptionsAllowed);
    }

    [Fact]
    public void What_has_not_changed_is_not_written()
    {
        var budget = Budget("min 1");
        var status = DisruptionPlan.Decide(budget, Pods(2, 0), _ => null, Now);
        Assert.True(DisruptionPlan.Same(status, DisruptionPlan.Decide(budget with { Status = status }, Pods(2, 0), _ => null, Now.AddHours(1))));
        Assert.False(DisruptionPlan.Same(status, DisruptionPlan.Decide(budget with { Status = status }, Pods(1, 1), _ => null, Now)));
    }

    private static PodDisruptionBudget Budget(string text)
    {
        var parts = text.Split(' ');
        IntOrString amount = parts[1].EndsWith('%') ? parts[1] : int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
        return new PodDisruptionBudget
        {
            Metadata = new ObjectMeta { Name = "web", Namespace = "default", Generation = 1 },
            Spec = parts[0] == "min" ? new PodDisruptionBudgetSpec { MinAvailable = amount } : new PodDisruptionBudgetSpec { MaxUnavailable = amount },
        };
    }

    private static List<Pod> Pods(int ready, int unready) =>
        [.. Enumerable.Range(0, ready).Select(i => PodOf($"ready-{i}", "True")), .. Enumerable.Range(0, unready).Select(i => PodOf($"unready-{i}", "False"))];

    private static Pod PodOf(string name, string ready) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = name,
            Namespace = "default",
            OwnerReferences = [new OwnerReference { ApiVersion = "apps/v1", Kind = "ReplicaSet", Name = "set", Uid = "set", Controller = true }],
        },
        Status = new PodStatus { Phase = "Running", Conditions = [new Condition { Type = "Ready", Status = ready }] },
    };
}
