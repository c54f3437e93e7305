using System.Text.Json.Nodes;
using Mizzen.EndToEnd.Tests.Support;
using Mizzen.Testing;

namespace Mizzen.EndToEnd.Tests;

/// <summary>The mesh says what it does: the shipped program against a cluster with the sample.</summary>
public sealed class ExplanationTests(DemoCluster demo) : IClassFixture<DemoCluster>
{
    private static readonly string HeaderStep = Repository.PathOf("samples", "time", "steps", "5-header.yaml");

    [Fact]
    public async Task A_request_is_led_to_its_rule_and_every_earlier_rule_says_why_not()
    {
        await demo.ResetAsync();
        await demo.Cluster.ApplyStepAsync("4-subsets.yaml");
        await demo.Cluster.ApplyStepAsync("5-header.yaml");
        await DemoCluster.UntilAsync(async () => (string?)(await ExplainAsync("-H", "x-dev-user: jason"))["target"] == "middleware.default.svc.cluster.local:80 subset canary", "the canary takes the marked request");

        var other = await ExplainAsync();
        Assert.Equal("middleware.default.svc.cluster.local:80 subset prod", (string?)other["target"]);
        var passed = Assert.Single(other["passed"]!.AsArray())!;
        Assert.Contains("VirtualService default/middleware spec.http[0]", (string?)passed["rule"], StringComparison.Ordinal);
        Assert.Equal("the request has no header x-dev-user, and 'jason' is wanted", (string?)passed["reason"]);
        Assert.Contains("VirtualService default/middleware spec.http[1]", (string?)other["rule"], StringComparison.Ordinal);
        Assert.Equal("DestinationRule default/middleware", (string?)other["clusters"]![0]!["destinationRule"]);
        Assert.Single(other["clusters"]![0]!["endpoints"]!.AsArray());
    }

    [Fact]
    public async Task Files_are_explained_before_they_are_applied()
    {
        await demo.ResetAsync();
        await demo.Cluster.ApplyStepAsync("4-subsets.yaml");
        var text = (await MizzenAsync("explain", "GET", "http://middleware/", "--from", "frontend-prod", "-H", "x-dev-user: jason", "-f", HeaderStep)).Succeeded();
        Assert.Contains("goes to         middleware.default.svc.cluster.local:80 subset canary", text, StringComparison.Ordinal);
        Assert.Contains($"VirtualService default/middleware spec.http[0] ({HeaderStep}:", text, StringComparison.Ordinal);
        Assert.Contains("What the files change:", text, StringComparison.Ordinal);
        Assert.Contains("goes to: middleware.default.svc.cluster.local:80 subset prod  →  middleware.default.svc.cluster.local:80 subset canary", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_servers_side_tells_who_lets_the_request_in()
    {
        await demo.ResetAsync();
        var server = Assert.Single((await ExplainAsync())["servers"]!.AsArray())!;
        Assert.StartsWith("middleware-", (string?)server["pod"], StringComparison.Ordinal);
        Assert.Matches("^mutual TLS as spiffe://cluster.local/ns/default/sa/[a-z-]+$", (string?)server["connection"]);
        Assert.Equal("allowed: no policy refuses it", (string?)server["access"]);

        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: no-get}\nspec: {selector: {matchLabels: {app: middleware}}, action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]}\n", TestContext.Current.CancellationToken);
        try
        {
            var text = (await MizzenAsync("explain", "GET", "http://middleware/", "--from", "frontend-prod", "-f", file)).Succeeded();
            Assert.Contains("access: allowed: no policy refuses it  →  refused (403) by AuthorizationPolicy default/no-get rules[0]", text, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_gateway_explains_what_comes_from_outside()
    {
        await demo.ResetAsync();
        var text = (await MizzenAsync("explain", "GET", "http://any.example/", "--from", "istio-ingressgateway.istio-system")).Succeeded();
        Assert.Contains("goes to         frontend.default.svc.cluster.local:80", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_is_told_by_proxy_and_the_last_requests_are_sent_through_it()
    {
        await demo.ResetAsync();
        await demo.Client.GetManyAsync(20);
        var change = JsonNode.Parse((await MizzenAsync("diff", "-f", Repository.PathOf("samples", "time", "steps", "4-subsets.yaml"), "--replay", "10m", "-o", "json")).Succeeded())!;
        Assert.Empty(change["refused"]!.AsArray());
        var frontend = change["proxies"]!.AsArray().Single(proxy => ((string)proxy!["proxy"]!).StartsWith("frontend-prod-", StringComparison.Ordinal))!;
        Assert.Contains(
            "~ requests to middleware.default.svc.cluster.local:80: middleware.default.svc.cluster.local:80  →  middleware.default.svc.cluster.local:80 subset prod",
            frontend["changes"]!.AsArray().Select(line => (string?)line));
        var moved = Assert.Single(frontend["replay"]!["moved"]!.AsArray())!;
        Assert.True((int)moved["requests"]! >= 20, frontend.ToJsonString());
        Assert.False((bool)moved["fails"]!);
    }

    [Fact]
    public async Task A_change_that_breaks_something_says_so()
    {
        await demo.ResetAsync();
        await demo.Client.GetManyAsync(10);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: backend}\nspec: {hosts: [backend], http: [{route: [{destination: {host: backend, subset: v9}}]}]}\n", TestContext.Current.CancellationToken);
        try
        {
            var text = (await MizzenAsync("diff", "-f", file, "--replay", "10m")).Succeeded();
            Assert.Matches("[1-9][0-9]* of them into failures", text);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Files_and_the_cluster_are_analyzed_together()
    {
        await demo.ResetAsync();
        await demo.Cluster.ApplyStepAsync("4-subsets.yaml");
        Assert.Equal(0, (await MizzenAsync("analyze", "-A")).ExitCode);
        Assert.DoesNotContain("IST0101", (await MizzenAsync("analyze", "-f", HeaderStep)).Output, StringComparison.Ordinal);
        var alone = await MizzenAsync("analyze", "--use-kube=false", "-f", HeaderStep);
        Assert.Equal(79, alone.ExitCode);
        Assert.Contains("Referenced host not found: \"middleware\"", alone.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_workload_is_answered_with_the_nearest_names() =>
        Assert.Contains("did you mean frontend-prod", (await MizzenAsync("explain", "GET", "http://middleware/", "--from", "frontend-prd")).Failed(), StringComparison.Ordinal);

    [Fact]
    public async Task Every_proxy_is_shown_with_its_state()
    {
        await demo.ResetAsync();
        await DemoCluster.UntilAsync(
            async () => JsonNode.Parse((await MizzenAsync("proxy-status", "-o", "json")).Succeeded())!.AsArray() is { Count: >= 5 } proxies
                && proxies.All(proxy => proxy!["types"]!.AsObject().All(type => (string?)type.Value == "SYNCED")),
            "all proxies have what they are to have");
        var table = (await MizzenAsync("proxy-status")).Succeeded();
        Assert.Matches(@"NAME +CLUSTER +CDS +LDS +EDS +RDS +ISTIOD +VERSION +SUBSCRIBED TYPES\n", table);
        Assert.Matches(@"frontend-prod-\S+\.default +Kubernetes +SYNCED +SYNCED +SYNCED +SYNCED +istiod-", table);
        Assert.Contains("what the proxy has is what the control plane wants it to have", (await MizzenAsync("proxy-status", "frontend-prod")).Succeeded(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("listeners", @"0\.0\.0\.0 +80 +.*Route: 80\n")]
    [InlineData("routes", @"80 +middleware\.default\.svc\.cluster\.local:80 +middleware")]
    [InlineData("clusters", @"middleware\.default\.svc\.cluster\.local +80 +- +outbound +EDS")]
    [InlineData("endpoints", @"10\.244\.\d+\.\d+:3000 +HEALTHY +OK +outbound\|80\|\|middleware\.default\.svc\.cluster\.local")]
    [InlineData("bootstrap", @"""id"": ""sidecar~10\.244")]
    [InlineData("all", @"SERVICE FQDN +PORT")]
    public async Task A_proxy_shows_what_it_is_configured_with(string part, string pattern) =>
        Assert.Matches(pattern, (await MizzenAsync("proxy-config", part, "frontend-prod", "--local-cluster", demo.Cluster.Name)).Succeeded());

    [Fact]
    public async Task A_dump_that_was_saved_is_shown_like_the_proxys_own()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, (await MizzenAsync("proxy-config", "all", "frontend-prod", "-o", "json")).Succeeded(), TestContext.Current.CancellationToken);
            Assert.Equal(
                (await MizzenAsync("proxy-config", "clusters", "frontend-prod", "--fqdn", "middleware", "--direction", "outbound")).Succeeded(),
                (await MizzenAsync("proxy-config", "clusters", "--file", file, "--fqdn", "middleware", "--direction", "outbound")).Succeeded());
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task<JsonObject> ExplainAsync(params string[] more) =>
        JsonNode.Parse((await MizzenAsync(["explain", "GET", "http://middleware/", "--from", "frontend-prod", "-o", "json", .. more])).Succeeded())!.AsObject();

    private Task<CommandResult> MizzenAsync(params string[] arguments) => demo.Cluster.MizzenAsync(arguments);
}
