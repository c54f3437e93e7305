using Mizzen.Resources.Core;
using Mizzen.Testing;

namespace Mizzen.Cluster.Tests.Controllers;

/// <summary>StatefulSets at the real API server, with an unmodified kubectl.</summary>
public sealed class StatefulSetTests(RunningControllers cluster) : IClassFixture<RunningControllers>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_starts_in_order_rolls_out_from_the_end_and_back()
    {
        var ns = await cluster.NamespaceAsync("stateful");
        await cluster.KubectlAsync($"-n {ns} apply -f -", Set);
        await cluster.KubectlAsync($"-n {ns} rollout status sts/db --timeout=30s");
        var pods = await PodsAsync(ns);
        Assert.Equal(["db-0", "db-1", "db-2"], pods.Select(pod => pod.Metadata.Name).Order());
        Assert.Equal("3/3", (await cluster.KubectlAsync($"-n {ns} get sts db --no-headers")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);

        await cluster.KubectlAsync($"-n {ns} delete pod db-1 --now");
        await Eventually.HoldsAsync(async () => (await PodsAsync(ns)).Any(pod => pod.Metadata.Name == "db-1" && pod.Metadata.Uid != pods.Single(old => old.Metadata.Name == "db-1").Metadata.Uid), "the name comes back", Token);
        await cluster.KubectlAsync($"-n {ns} rollout status sts/db --timeout=30s");

        await cluster.KubectlAsync($"-n {ns} set image sts/db db=db:2");
        Assert.Contains("partitioned roll out complete: 3 new pods", await cluster.KubectlAsync($"-n {ns} rollout status sts/db --timeout=30s"), StringComparison.Ordinal);
        Assert.All(await PodsAsync(ns), pod => Assert.Equal("db:2", pod.Spec!.Containers![0].Image));
        await cluster.KubectlAsync($"-n {ns} rollout undo sts/db");
        await cluster.KubectlAsync($"-n {ns} rollout status sts/db --timeout=30s");
        Assert.All(await PodsAsync(ns), pod => Assert.Equal("db:1", pod.Spec!.Containers![0].Image));

        await cluster.KubectlAsync($"-n {ns} scale sts/db --replicas=1");
        await Eventually.HoldsAsync(async () => (await PodsAsync(ns)).Select(pod => pod.Metadata.Name).SequenceEqual(["db-0"]), "the last ones are gone", Token);
    }

    [Fact]
    public async Task Pods_below_the_partition_keep_the_old_template_even_when_they_are_made_anew()
    {
        var ns = await cluster.NamespaceAsync("partition");
        await cluster.KubectlAsync($"-n {ns} apply -f -", Set + "\n  updateStrategy: {rollingUpdate: {partition: 2}}");
        await cluster.KubectlAsync($"-n {ns} rollout status sts/db --timeout=30s");
        await cluster.KubectlAsync($"-n {ns} set image sts/db db=db:2");
        Assert.Contains("partitioned roll out complete: 1 new pods", await cluster.KubectlAsync($"-n {ns} rollout status sts/db --timeout=30s"), StringComparison.Ordinal);

        var first = (await PodsAsync(ns)).Single(pod => pod.Metadata.Name == "db-0").Metadata.Uid;
        await cluster.KubectlAsync($"-n {ns} delete pod db-0 --now");
        await Eventually.HoldsAsync(async () => (await PodsAsync(ns)) is { Count: 3 } pods && pods.Single(pod => pod.Metadata.Name == "db-0").Metadata.Uid != first, "it is made anew", Token);
        Assert.Equal(["db:1", "db:1", "db:2"], (await PodsAsync(ns)).OrderBy(pod => pod.Metadata.Name).Select(pod => pod.Spec!.Containers![0].Image));
    }

    [Fact]
    public async Task What_cannot_be_is_refused_with_what_to_do_instead()
    {
        var ns = await cluster.NamespaceAsync("refused");
        var volumes = await Assert.ThrowsAnyAsync<Exception>(() => cluster.KubectlAsync($"-n {ns} apply -f -", Set + "\n  volumeClaimTemplates: [{metadata: {name: data}}]"));
        Assert.Contains("spec.volumeClaimTemplates: Forbidden: this cluster has no persistent volumes", volumes.Message, StringComparison.Ordinal);

        await cluster.KubectlAsync($"-n {ns} apply -f -", Set);
        var service = await Assert.ThrowsAnyAsync<Exception>(() => cluster.KubectlAsync($"-n {ns} apply -f -", Set.Replace("serviceName: db", "serviceName: other", StringComparison.Ordinal)));
        Assert.Contains("updates to statefulset spec for fields other than 'replicas'", service.Message, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<Pod>> PodsAsync(string ns) => (await cluster.Client.ListAsync<Pod>(ns, null, Token)).Items;

    private const string Set = """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: db}
        spec:
          serviceName: db
          replicas: 3
          selector: {matchLabels: {app: db}}
          template:
            metadata: {labels: {app: db}}
            spec: {containers: [{name: db, image: "db:1"}]}
        """;
}
