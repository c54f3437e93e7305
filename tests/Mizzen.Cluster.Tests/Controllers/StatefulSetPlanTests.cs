using Mizzen.Cluster.Controllers;
using Mizzen.Cluster.Controllers.StatefulSets;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Tests.Controllers;

public sealed class StatefulSetPlanTests
{
    private const string Current = "db-new";

    // Pods by number; n new, o old, x new and not ready, y old and not ready, F failed, T on its way out.
    [Theory]
    [InlineData("the first one first", "3", "", "0", "")]
    [InlineData("the next when it is ready", "3", "0n", "1", "")]
    [InlineData("not before", "3", "0x", "", "")]
    [InlineData("a gap is filled in order", "3", "0n 2n", "1", "")]
    [InlineData("even when a later one is not well", "3", "0n 2x", "1", "")]
    [InlineData("one that has failed makes room", "3", "0n 1F 2n", "", "db-1")]
    [InlineData("its successor waits until it is gone", "3", "0n 1T 2n", "", "")]
    [InlineData("the last one goes first", "1", "0n 1n 2n", "", "db-2")]
    [InlineData("and then the next", "1", "0n 1n 2T", "", "")]
    [InlineData("none goes while one is not well", "1", "0x 1n", "", "")]
    [InlineData("all together", "3 Parallel", "", "0 1 2", "")]
    [InlineData("all together, in both directions", "1 Parallel", "1n 2n", "0", "db-2 db-1")]
    [InlineData("numbers may begin elsewhere", "2 start=5", "5n", "6", "")]
    [InlineData("the last old one goes first", "3", "0o 1o 2o", "", "db-2")]
    [InlineData("and waits for its successor", "3", "0o 1o 2x", "", "")]
    [InlineData("then the next", "3", "0o 1o 2n", "", "db-1")]
    [InlineData("down to the partition", "3 partition=2", "0o 1o 2n", "", "")]
    [InlineData("old ones stay until somebody deletes them", "3 OnDelete", "0o 1o 2o", "", "")]
    [InlineData("an order is an order: a broken old one blocks", "2", "0y 1o", "", "")]
    [InlineData("but not where there is none", "2 Parallel", "0o 1y", "", "db-1")]
    [InlineData("nothing to do", "2", "0n 1n", "", "")]
    public void Decide(string what, string set, string pods, string create, string delete)
    {
        var plan = StatefulSetPlan.Decide(Set(set), pods.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(PodOf), Current, Sample.Now);
        Assert.True(create == string.Join(' ', plan.Create), $"{what}: {string.Join(' ', plan.Create)}");
        Assert.True(delete == string.Join(' ', plan.Delete.Select(pod => pod.Metadata.Name)), $"{what}: {string.Join(' ', plan.Delete.Select(pod => pod.Metadata.Name))}");
    }

    [Fact]
    public void A_pod_has_a_name_that_dns_knows_and_says_which_one_it_is()
    {
        var pod = StatefulSetPods.Make(Set("3"), Sample.Template("db:1", "app=db"), Current, 2);

        Assert.Equal(("db-2", "db-2", "names"), (pod.Metadata.Name, pod.Spec!.Hostname, pod.Spec.Subdomain));
        Assert.Equal(
            Sample.Labels("app=db", "statefulset.kubernetes.io/pod-name=db-2", "apps.kubernetes.io/pod-index=2", "controller-revision-hash=db-new"),
            pod.Metadata.Labels!.ToDictionary());
    }

    private static StatefulSet Set(string text)
    {
        var words = text.Split(' ');
        int? Value(string name) => words.Where(word => word.StartsWith(name + "=", StringComparison.Ordinal)).Select(word => (int?)int.Parse(word[(name.Length + 1)..], null)).FirstOrDefault();
        return new StatefulSet
        {
            Metadata = Sample.Meta("db"),
            Spec = new StatefulSetSpec
            {
                Replicas = int.Parse(words[0], null),
                ServiceName = "names",
                PodManagementPolicy = words.Contains("Parallel") ? "Parallel" : "OrderedReady",
                Ordinals = Value("start") is { } start ? new StatefulSetOrdinals { Start = start } : null,
                UpdateStrategy = new StatefulSetUpdateStrategy
                {
                    Type = words.Contains("OnDelete") ? "OnDelete" : "RollingUpdate",
                    RollingUpdate = new RollingUpdateStatefulSet { Partition = Value("partition") ?? 0 },
                },
            },
        };
    }

    private static Pod PodOf(string text)
    {
        var revision = text[1] is 'o' or 'y' ? "db-old" : Current;
        var pod = Sample.Pod($"db-{text[0]}", "node-1", text[1] is 'n' or 'o', text[1] == 'F' ? "Failed" : "Running", $"{RevisionHistory.HashLabel}={revision}");
        return text[1] == 'T' ? pod with { Metadata = pod.Metadata with { DeletionTimestamp = Sample.Now } } : pod;
    }
}
