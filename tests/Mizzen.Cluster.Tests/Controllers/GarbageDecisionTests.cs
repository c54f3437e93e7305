using Mizzen.Cluster.Controllers;
using Mizzen.Cluster.Controllers.Garbage;
using Mizzen.Cluster.Controllers.Namespaces;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using static Mizzen.Cluster.Tests.Controllers.Sample;

namespace Mizzen.Cluster.Tests.Controllers;

public sealed class GarbageDecisionTests
{
    public sealed record Row(string Sentence, string Owners, bool HasDependents, string Outcome, params string[] Finalizers)
    {
        public override string ToString() => Sentence;
    }

    public static TheoryData<Row> Cases =>
    [
        new Row("an object without owners stays", "", false, "nothing"),
        new Row("one whose owner is there stays", "Solid", false, "nothing"),
        new Row("one whose owner is gone is deleted", "Absent", false, "delete Background"),
        new Row("one with another owner only loses the reference", "Solid Absent", false, "keep 1"),
        new Row("one whose owner waits for it is deleted", "WaitingForDependents", false, "delete Background"),
        new Row("one that has dependents itself waits for them too", "WaitingForDependents", true, "delete Foreground"),
        new Row("a second owner saves it from a waiting one", "Solid WaitingForDependents", true, "keep 1"),
        new Row("its own wish to leave its dependents is kept", "Absent", true, "delete Orphan", "orphan"),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_state_of_the_owners_decides(Row row)
    {
        var owners = row.Owners.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select((state, number) => (Reference(number), Enum.Parse<OwnerState>(state)))
            .ToList();
        var decision = GarbageDecision.Decide(Meta("a") with { Finalizers = row.Finalizers }, owners, row.HasDependents);
        var outcome = decision.Delete ? $"delete {decision.Propagation}" : decision.Keep is { } keep ? $"keep {keep.Count}" : "nothing";
        Assert.Equal(row.Outcome, outcome);
    }

    [Fact]
    public void An_object_that_is_leaving_is_not_deleted_again()
    {
        var leaving = Meta("a") with { DeletionTimestamp = Now };
        Assert.False(GarbageDecision.Decide(leaving, [(Reference(1), OwnerState.Absent)], false).Delete);
    }

    [Fact]
    public void Dependents_are_known_by_their_owners_until_they_let_go()
    {
        var index = new OwnerIndex();
        var kind = KindCatalog.Of<Pod>();
        var pod = Meta("pod") with { OwnerReferences = [Reference(1), Reference(2)] };
        index.Take(new MetadataChange(kind, null, pod));
        Assert.Equal("pod", Assert.Single(index.DependentsOf("owner-1")).Name);

        index.Take(new MetadataChange(kind, pod, pod with { OwnerReferences = [Reference(2)] }));
        Assert.Empty(index.DependentsOf("owner-1"));
        Assert.Single(index.DependentsOf("owner-2"));

        index.Take(new MetadataChange(kind, pod with { OwnerReferences = [Reference(2)] }, null));
        Assert.Empty(index.DependentsOf("owner-2"));
    }

    [Fact]
    public void A_namespace_tells_what_is_still_in_it()
    {
        var pods = KindCatalog.Of<Pod>();
        var conditions = NamespaceConditions.Of([], [new Leftover(pods, Meta("a") with { Finalizers = ["x/y"] }), new Leftover(pods, Meta("b"))], Now);
        Assert.Equal(
            ["Some resources are remaining: pods. has 2 resource instances", "Some content in the namespace has finalizers remaining: x/y in 1 resource instances"],
            conditions.Select(condition => condition.Message));
        Assert.All(NamespaceConditions.Of(conditions, [], Now), condition => Assert.Equal("False", condition.Status));
    }

    private static OwnerReference Reference(int number) => new() { ApiVersion = "apps/v1", Kind = "ReplicaSet", Name = $"set-{number}", Uid = $"owner-{number}" };
}
