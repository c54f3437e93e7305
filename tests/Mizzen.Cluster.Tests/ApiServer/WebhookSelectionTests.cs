using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Tests.ApiServers;

/// <summary>Which webhooks are asked about what, how often, and for how long.</summary>
public sealed class WebhookSelectionTests : IAsyncLifetime
{
    private const string Registration = "/apis/admissionregistration.k8s.io/v1/";

    private readonly RunningApiServer _api = new();

    public ValueTask InitializeAsync() => _api.InitializeAsync();

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Theory]
    // The pod is in a namespace with the label team=blue, and has the label app=web itself.
    [InlineData("", true)]
    [InlineData(""", "namespaceSelector": {"matchLabels": {"team": "blue"}}""", true)]
    [InlineData(""", "namespaceSelector": {"matchLabels": {"team": "red"}}""", false)]
    [InlineData(""", "namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["blue"]}]}""", false)]
    [InlineData(""", "objectSelector": {"matchLabels": {"app": "web"}}""", true)]
    [InlineData(""", "objectSelector": {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}""", false)]
    [InlineData(""", "matchConditions": [{"name": "a", "expression": "object.metadata.labels.app == 'web'"}]""", true)]
    [InlineData(""", "matchConditions": [{"name": "a", "expression": "request.operation == 'CREATE'"}, {"name": "b", "expression": "request.userInfo.username.startsWith('system:node:')"}]""", false)]
    [InlineData(""", "matchConditions": [{"name": "a", "expression": "oldObject == null && request.namespace == 'blue'"}]""", true)]
    // Without a value, but another condition is false already.
    [InlineData(""", "matchConditions": [{"name": "a", "expression": "object.spec.nothing == 1"}, {"name": "b", "expression": "false"}]""", false)]
    [InlineData(""", "matchConditions": [{"name": "a", "expression": "object.spec.nothing == 1"}], "failurePolicy": "Ignore" """, false)]
    public async Task A_webhook_is_asked(string selection, bool asked)
    {
        await using var hook = new TestWebhook(_ => TestWebhook.Allow());
        await RegisterAsync("validating", "a", hook, selection);
        Assert.Equal(201, (await CreateAsync("p")).Code);
        Assert.Equal(asked ? 1 : 0, hook.Asked.Count);
    }

    [Fact]
    public async Task A_condition_without_a_value_refuses_where_the_webhook_must_not_fail()
    {
        await using var hook = new TestWebhook(_ => TestWebhook.Allow());
        await RegisterAsync("mutating", "a", hook, """, "matchConditions": [{"name": "a", "expression": "object.spec.nothing == 1"}]""");
        var (code, status) = await CreateAsync("p");
        Assert.Equal(403, code);
        Assert.Contains("matchConditions of webhook \"a.example.org\"", (string?)status["message"], StringComparison.Ordinal);
        Assert.Empty(hook.Asked);
    }

    [Theory]
    [InlineData("object.x <", "webhooks[0].matchConditions[0].expression: Invalid value: \"object.x <\": compilation failed:")]
    [InlineData("authorizer.group('').resource('pods').check('get').allowed()", "not available here: variable authorizer")]
    public async Task A_condition_that_cannot_be_evaluated_is_refused(string expression, string problem)
    {
        await using var hook = new TestWebhook(_ => TestWebhook.Allow());
        var (code, status) = await PutAsync("mutating", "a", hook, $$""", "matchConditions": [{"name": "a", "expression": "{{expression}}"}]""");
        Assert.Equal(422, code);
        Assert.Contains(problem, (string?)status["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("IfNeeded", 2)]
    [InlineData("Never", 1)]
    public async Task A_webhook_sees_what_a_later_one_has_changed_if_it_wants_to(string policy, int asked)
    {
        await using var first = new TestWebhook(_ => TestWebhook.Allow());
        await using var second = new TestWebhook(_ => TestWebhook.Allow("""{"op":"add","path":"/metadata/annotations","value":{"second":"was here"}}"""));
        await RegisterAsync("mutating", "a", first, $$""", "reinvocationPolicy": "{{policy}}" """);
        await RegisterAsync("mutating", "b", second, """, "reinvocationPolicy": "IfNeeded" """);
        var (code, pod) = await CreateAsync("p");
        Assert.Equal((201, "was here"), (code, (string?)pod["metadata"]!["annotations"]!["second"]));
        Assert.Equal((asked, 1), (first.Asked.Count, second.Asked.Count));
        Assert.Equal(policy == "IfNeeded" ? "was here" : null, (string?)first.Asked.Last()["object"]!["metadata"]!["annotations"]?["second"]);
    }

    [Theory]
    [InlineData("Fail", 500)]
    [InlineData("Ignore", 201)]
    public async Task A_webhook_that_takes_too_long_has_failed(string policy, int code)
    {
        using var release = new ManualResetEventSlim();
        await using var hook = new TestWebhook(_ =>
        {
            release.Wait(TestContext.Current.CancellationToken);
            return TestWebhook.Allow();
        });
        await RegisterAsync("validating", "a", hook, $$""", "timeoutSeconds": 1, "failurePolicy": "{{policy}}" """);
        var began = Stopwatch.GetTimestamp();
        var (answered, status) = await CreateAsync("p");
        release.Set();
        Assert.Equal(code, answered);
        Assert.True(Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(0.9));
        if (code == 500)
        {
            Assert.Contains("context deadline exceeded (timeoutSeconds is 1)", (string?)status["message"], StringComparison.Ordinal);
        }
    }

    private async Task<(int Code, JsonNode Body)> CreateAsync(string name)
    {
        await _api.SendAsync("POST", "/api/v1/namespaces", """{"metadata":{"name":"blue","labels":{"team":"blue"}}}""");
        return await _api.SendAsync(
            "POST", "/api/v1/namespaces/blue/pods", $$"""{"metadata":{"name":"{{name}}","labels":{"app":"web"} },"spec":{"containers":[{"name":"app","image":"sample/app"}]} }""");
    }

    private async Task RegisterAsync(string kind, string name, TestWebhook hook, string more)
    {
        var (code, body) = await PutAsync(kind, name, hook, more);
        Assert.True(code == 201, body.ToJsonString());
    }

    private Task<(int Code, JsonNode Body)> PutAsync(string kind, string name, TestWebhook hook, string more) =>
        _api.SendAsync("POST", $"{Registration}{kind}webhookconfigurations", $$"""
            {"metadata": {"name": "{{name}}"}, "webhooks": [{
              "name": "{{name}}.example.org", "clientConfig": {"url": "https://localhost:{{hook.Port}}/pods", "caBundle": "{{hook.CaBundle}}"},
              "admissionReviewVersions": ["v1"], "sideEffects": "None",
              "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}]{{more}} }]}
            """);
}
