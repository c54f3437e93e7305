using Mizzen.Resources.Core;
using Mizzen.Testing;

namespace Mizzen.Cluster.Tests.Controllers;

/// <summary>DaemonSets and Jobs at the real API server, with an unmodified kubectl.</summary>
public sealed class DaemonSetTests(RunningControllers cluster) : IClassFixture<RunningControllers>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_daemon_set_is_on_every_node_rolls_out_and_back()
    {
        var ns = await cluster.NamespaceAsync("daemons");
        await cluster.KubectlAsync($"-n {ns} apply -f -", Agent);
        await cluster.KubectlAsync($"-n {ns} rollout status ds/agent --timeout=30s");
        Assert.Equal(["n1", "n2", "n3", "n4"], (await PodsAsync(ns)).Select(pod => pod.Spec!.NodeName).Order());
        Assert.Equal("4 4 4 4 4 <none>", await RowAsync(ns));

        await cluster.KubectlAsync($"-n {ns} set image ds/agent agent=agent:2");
        await cluster.KubectlAsync($"-n {ns} rollout status ds/agent --timeout=30s");
        Assert.All(await PodsAsync(ns), pod => Assert.Equal("agent:2", pod.Spec!.Containers![0].Image));
        var history = await cluster.KubectlAsync($"-n {ns} rollout history ds/agent");
        Assert.Contains("1 ", history, StringComparison.Ordinal);
        Assert.Contains("2 ", history, StringComparison.Ordinal);

        await cluster.KubectlAsync($"-n {ns} rollout undo ds/agent");
        await cluster.KubectlAsync($"-n {ns} rollout status ds/agent --timeout=30s");
        Assert.All(await PodsAsync(ns), pod => Assert.Equal("agent:1", pod.Spec!.Containers![0].Image));
        Assert.Contains("daemonset.apps/agent", await cluster.KubectlAsync($"-n {ns} get controllerrevisions"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_is_made_with_labels_of_its_own()
    {
        var ns = await cluster.NamespaceAsync("jobs");
        Assert.Equal("job.batch/once created\n", await cluster.KubectlAsync($"-n {ns} create job once --image=work -- do it"));
        await Eventually.HoldsAsync(async () => await PodsAsync(ns) is [{ Status.PodIp: not null }], "it has a pod that runs", Token);
        var pod = (await PodsAsync(ns))[0];
        Assert.Equal("once", pod.Metadata.Labels!["batch.kubernetes.io/job-name"]);
        Assert.StartsWith("once   Running   0/1", (await cluster.KubectlAsync($"-n {ns} get jobs --no-headers")).Replace("     ", "   ", StringComparison.Ordinal), StringComparison.Ordinal);

        await cluster.Client.ReplaceStatusAsync(pod with { Status = pod.Status! with { Phase = "Succeeded" } }, Token);
        await cluster.KubectlAsync($"-n {ns} wait --for=condition=complete job/once --timeout=20s");
        await Eventually.HoldsAsync(async () => (await cluster.KubectlAsync($"-n {ns} get events")).Contains("Job completed", StringComparison.Ordinal), "an event tells", Token);
        await cluster.KubectlAsync($"-n {ns} delete job once");
        await Eventually.HoldsAsync(async () => (await PodsAsync(ns)).Count == 0, "its pods go with it", Token);
    }

    private async Task<IReadOnlyList<Pod>> PodsAsync(string ns) => (await cluster.Client.ListAsync<Pod>(ns, null, Token)).Items;

    private async Task<string> RowAsync(string ns) =>
        string.Join(' ', (await cluster.KubectlAsync($"-n {ns} get ds agent --no-headers")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..7]);

    private const string Agent = """
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: agent}
        spec:
          selector: {matchLabels: {app: agent}}
          template:
            metadata: {labels: {app: agent}}
            spec: {containers: [{name: agent, image: "agent:1"}]}
        """;
}
