using Mizzen.Cluster.Controllers;
using Mizzen.Resources.Core;
using Mizzen.Testing;
using Mizzen.Testing.Sandbox;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Tests.Sandboxed;

public sealed class NodeScenarios
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [SandboxedFact]
    public async Task Pods_leave_a_node_that_has_lost_its_power_and_it_comes_back_empty()
    {
        await using var cluster = await RunningCluster.StartAsync(new ControllerOptions { NodeGrace = TimeSpan.FromSeconds(15) });
        await cluster.ApplyAsync(Web);
        await cluster.Api.KubectlAsync("rollout status deployment/web --timeout=30s");
        var before = await PodsAsync(cluster);
        Assert.Equal(["node-1", "node-2"], before.Select(pod => pod.Spec!.NodeName).Order());

        await cluster.Api.KubectlAsync("annotate node node-1 node.mizzen.dev/powered-off=true");
        await Eventually.HoldsAsync(async () => await ReadyAsync(cluster) == "Unknown", "the node counts as lost", Token, Patience);
        await Eventually.HoldsAsync(
            async () => (await PodsAsync(cluster)).Count(pod => pod.Spec!.NodeName == "node-2" && RunningCluster.IsReady(pod)) == 2, "its pod has a successor elsewhere", Token, Patience);
        var node = await cluster.Client.FindAsync<NodeResource>(null, "node-1", Token);
        Assert.Contains(node!.Spec!.Taints!, taint => taint is { Key: "node.kubernetes.io/unreachable", Effect: "NoExecute" });

        await cluster.Api.KubectlAsync("annotate node node-1 node.mizzen.dev/powered-off-");
        await Eventually.HoldsAsync(async () => await ReadyAsync(cluster) == "True", "the node is back", Token, Patience);
        await Eventually.HoldsAsync(async () => (await PodsAsync(cluster)).All(pod => pod.Spec!.NodeName == "node-2"), "what it ran before is gone", Token, Patience);
        await Eventually.HoldsAsync(
            async () => (await cluster.Client.FindAsync<NodeResource>(null, "node-1", Token))!.Spec!.Taints is not { Count: > 0 }, "nothing keeps pods away", Token, Patience);
    }

    private static async Task<IReadOnlyList<Pod>> PodsAsync(RunningCluster cluster) => (await cluster.Client.ListAsync<Pod>("default", null, Token)).Items;

    private static async Task<string?> ReadyAsync(RunningCluster cluster) =>
        (await cluster.Client.FindAsync<NodeResource>(null, "node-1", Token))?.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready")?.Status;

    private const string Web = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              terminationGracePeriodSeconds: 1
              tolerations: [{key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 0}]
              containers: [{name: main, image: shell, args: [exec sleep 1000]}]
        """;
}
