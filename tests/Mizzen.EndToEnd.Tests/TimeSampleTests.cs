using System.Text.Json.Nodes;
using Mizzen.EndToEnd.Tests.Support;

namespace Mizzen.EndToEnd.Tests;

/// <summary>The nine steps of <c>samples/time</c>, applied with the real kubectl, their effect measured at the gateway.</summary>
public sealed class TimeSampleTests(DemoCluster demo) : IClassFixture<DemoCluster>
{
    private const string Failing = "fail: 0.3";

    [Fact]
    public async Task Every_hop_names_itself_and_its_latency()
    {
        await demo.ResetAsync();
        var answer = await demo.Client.GetAsync();
        Assert.Equal(200, answer.Status);
        string[] hops = ["frontend-prod", "middleware-(prod|canary)", "backend-prod", "time"];
        Assert.All(hops, hop => Assert.Matches($"{hop} - [0-9.]+ seconds", answer.Body));
    }

    [Fact]
    public async Task No_container_had_to_be_started_twice()
    {
        var restarts = (await demo.Cluster.KubectlAsync(
            "get", "pods", "-A", "-o", "jsonpath={range .items[*].status.containerStatuses[*]}{.restartCount}{\"\\n\"}{end}")).Succeeded();
        Assert.All(restarts.Split('\n', StringSplitOptions.RemoveEmptyEntries), count => Assert.Equal("0", count));
    }

    [Fact]
    public async Task Step_1_five_replicas_spread_over_four_nodes()
    {
        await demo.ResetAsync();
        await demo.Cluster.ApplyStepAsync("1-scale.yaml");
        (await demo.Cluster.KubectlAsync("rollout", "status", "deployment/backend-prod", "--timeout=60s")).Succeeded();
        var pods = (await demo.Cluster.KubectlAsync(
            "get", "pods", "-l", "app=backend", "-o", "jsonpath={range .items[*]}{.spec.nodeName}{\"\\n\"}{end}")).Succeeded();
        var perNode = pods.Split('\n', StringSplitOptions.RemoveEmptyEntries).GroupBy(node => node).Select(node => node.Count()).Order();
        Assert.Equal([1, 1, 1, 2], perNode);
    }

    [Fact]
    public async Task Step_3_unknown_hosts_are_refused_until_a_ServiceEntry_names_them()
    {
        await demo.ResetAsync();
        await demo.Cluster.ApplyStepAsync("3a-registry-only.yaml");
        await DemoCluster.UntilAsync(async () => (await demo.Client.GetManyAsync(8)).All(answer => answer.Status == 500), "the way out is closed");
        Assert.Contains("worldtime.example/ -> 502", (await demo.Client.GetAsync()).Body, StringComparison.Ordinal);

        await demo.Cluster.ApplyStepAsync("3b-service-entry.yaml");
        await DemoCluster.UntilAsync(async () => (await demo.Client.GetManyAsync(8)).All(answer => answer.Status == 200), "the known host answers");
    }

    [Fact]
    public async Task Step_4_subsets_pin_everything_to_prod()
    {
        await demo.ResetAsync();
        await DemoCluster.UntilAsync(async () => (await SharesAsync(40)).Count == 2, "both versions answer before");
        await demo.Cluster.ApplyStepAsync("4-subsets.yaml");
        await DemoCluster.UntilAsync(async () => (await SharesAsync(20)).Keys.SequenceEqual(["prod"]), "only prod answers");
        Assert.Equal(200, (await SharesAsync(200))["prod"]);
    }

    [Fact]
    public async Task Step_5_a_header_sends_one_developer_to_the_canary_in_the_middle()
    {
        await demo.ResetAsync();
        await demo.Cluster.ApplyStepAsync("4-subsets.yaml");
        await demo.Cluster.ApplyStepAsync("5-header.yaml");
        await DemoCluster.UntilAsync(async () => (await SharesAsync(20, "x-dev-user: jason")).Keys.SequenceEqual(["canary"]), "jason meets the canary");
        Assert.Equal(100, (await SharesAsync(100, "x-dev-user: jason"))["canary"]);
        Assert.Equal(100, (await SharesAsync(100, "x-dev-user: jasper"))["prod"]);
        Assert.Equal(100, (await SharesAsync(100))["prod"]);
    }

    [Fact]
    public async Task Step_6_weights_split_80_to_20()
    {
        await demo.ResetAsync();
        await demo.Cluster.ApplyStepAsync("4-subsets.yaml");
        await DemoCluster.UntilAsync(async () => (await SharesAsync(20)).Keys.SequenceEqual(["prod"]), "only prod answers");
        await demo.Cluster.ApplyStepAsync("6-weights.yaml");
        await DemoCluster.UntilAsync(async () => (await SharesAsync(20)).ContainsKey("canary"), "the canary answers too");
        await Share.IsAsync(0.2, 1000, async () => (await SharesAsync(1000)).GetValueOrDefault("canary"));
    }

    [Fact]
    public async Task Steps_7_and_8_failures_cascade_and_retries_heal_them()
    {
        await demo.ResetAsync();
        await demo.Cluster.ApplyStepAsync("4-subsets.yaml");
        // Three tiers roll a dice each.
        await Share.IsAsync(Math.Pow(0.7, 3), 600, async () => Successes(await demo.Client.GetManyAsync(600, Failing)));
        await demo.Cluster.ApplyStepAsync("8-retries.yaml");
        await DemoCluster.UntilAsync(async () => Successes(await demo.Client.GetManyAsync(40, Failing)) >= 34, "retries heal the failures");
        var healed = Successes(await demo.Client.GetManyAsync(400, Failing));
        Assert.True(healed >= 380, $"{healed} of 400 succeed with retries");
    }

    [Fact]
    public async Task Step_9_delays_and_aborts_are_injected_by_the_mesh()
    {
        await demo.ResetAsync();
        await demo.Cluster.ApplyStepAsync("9-faults.yaml");
        await DemoCluster.UntilAsync(async () => (await demo.Client.GetManyAsync(16)).Any(IsDelayed), "delays are injected");
        await Share.IsAsync(0.5, 200, async () => (await demo.Client.GetManyAsync(200)).Count(IsDelayed));
        await Share.IsAsync(0.1, 200, async () => (await demo.Client.GetManyAsync(200)).Count(answer => answer.Status == 503));
    }

    [Fact]
    public async Task The_graph_shows_who_calls_whom()
    {
        await demo.ResetAsync();
        await demo.Client.GetManyAsync(40);
        await DemoCluster.UntilAsync(async () => (await EdgesAsync()).Contains(("frontend-prod", "middleware-prod")), "the graph has the first edge");
        var edges = await EdgesAsync();
        Assert.Contains(("istio-ingressgateway", "frontend-prod"), edges);
        Assert.Contains(("middleware-prod", "backend-prod"), edges);
        Assert.Contains("frontend", (await demo.Cluster.MizzenAsync("graph")).Succeeded(), StringComparison.Ordinal);
        Assert.StartsWith("digraph", (await demo.Cluster.MizzenAsync("graph", "-o", "dot")).Succeeded(), StringComparison.Ordinal);
    }

    private static bool IsDelayed(Answer answer) => answer.Duration >= TimeSpan.FromSeconds(2);

    private static int Successes(IEnumerable<Answer> answers) => answers.Count(answer => answer.Status == 200);

    private async Task<Dictionary<string, int>> SharesAsync(int count, params string[] headers) =>
        (await demo.Client.GetManyAsync(count, headers)).GroupBy(Client.MiddlewareOf).ToDictionary(group => group.Key, group => group.Count());

    private async Task<HashSet<(string, string)>> EdgesAsync()
    {
        var graph = JsonNode.Parse((await demo.Cluster.MizzenAsync("graph", "-o", "json")).Succeeded())!;
        string NameOf(JsonNode? index) => (string)graph["nodes"]![(int)index!]!["name"]!;
        return graph["edges"]!.AsArray().Select(edge => (NameOf(edge!["source"]), NameOf(edge["destination"]))).ToHashSet();
    }
}
