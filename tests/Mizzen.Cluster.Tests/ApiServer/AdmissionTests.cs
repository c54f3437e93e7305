using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Tests.ApiServers;

/// <summary>Admission webhooks, called over real TLS, by Service and by URL.</summary>
public sealed class AdmissionTests : IAsyncLifetime
{
    private const string Registration = "/apis/admissionregistration.k8s.io/v1/";

    private readonly RunningApiServer _api = new();

    public ValueTask InitializeAsync() => _api.InitializeAsync();

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task A_mutating_webhook_behind_a_service_changes_pods_of_selected_namespaces_only()
    {
        await using var hook = new TestWebhook(_ => TestWebhook.Allow(
            """{"op":"add","path":"/spec/containers/-","value":{"name":"istio-proxy","image":"mizzen/proxyv2"}}""",
            """{"op":"add","path":"/metadata/annotations","value":{"injected":"yes"}}"""));
        _api.Dial = (ns, name, port) => (ns, name, port) == ("mesh", "hook", 443) ? hook.Connect() : throw new IOException("no such service");
        await RegisterAsync("mutating", hook, """, "namespaceSelector": {"matchLabels": {"istio-injection": "enabled"}}""");
        await _api.SendAsync("POST", "/api/v1/namespaces", """{"metadata":{"name":"meshed","labels":{"istio-injection":"enabled"}}}""");

        var (_, injected) = await CreatePodAsync("meshed", "a");
        Assert.Equal(["app", "istio-proxy"], injected["spec"]!["containers"]!.AsArray().Select(container => (string?)container!["name"]));
        // What the webhook adds is completed like everything else: defaults and the token.
        Assert.Equal("Always", (string?)injected["spec"]!["containers"]![1]!["imagePullPolicy"]);
        Assert.NotNull(injected["spec"]!["containers"]![1]!["volumeMounts"]);
        Assert.Single(injected["spec"]!["volumes"]!.AsArray());

        var (_, plain) = await CreatePodAsync("default", "a");
        Assert.Single(plain["spec"]!["containers"]!.AsArray());
        var asked = Assert.Single(hook.Asked);
        Assert.Equal(("CREATE", "meshed", "Pod"), ((string?)asked["operation"], (string?)asked["namespace"], (string?)asked["kind"]!["kind"]));
        Assert.Equal("system:admin", (string?)asked["userInfo"]!["username"]);
        Assert.Equal("default", (string?)asked["object"]!["spec"]!["serviceAccountName"]);
    }

    [Fact]
    public async Task A_validating_webhook_refuses_with_its_own_words()
    {
        await using var hook = new TestWebhook(_ => new JsonObject { ["allowed"] = false, ["status"] = new JsonObject { ["message"] = "not on a Tuesday" } });
        _api.Dial = (_, _, _) => hook.Connect();
        await RegisterAsync("validating", hook, "");
        var (code, status) = await CreatePodAsync("default", "refused");
        Assert.Equal((400, "admission webhook \"pods.example.org\" denied the request: not on a Tuesday"), (code, (string?)status["message"]));
    }

    [Fact]
    public async Task Warnings_of_webhooks_reach_the_user()
    {
        await using var hook = new TestWebhook(_ => new JsonObject { ["allowed"] = true, ["warnings"] = new JsonArray("prefer v2") });
        _api.Dial = (_, _, _) => hook.Connect();
        await RegisterAsync("validating", hook, "");
        var (_, _, errors) = await _api.RunKubectlAsync("run warned --image=sample/app");
        Assert.Equal("Warning: prefer v2\n", errors);
    }

    [Theory]
    [InlineData("Fail", 500)]
    [InlineData("Ignore", 201)]
    public async Task The_failure_policy_decides_about_a_webhook_that_cannot_be_reached(string policy, int code)
    {
        await using var hook = new TestWebhook(_ => TestWebhook.Allow());
        _api.Dial = (_, _, _) => throw new IOException("nobody is there");
        await RegisterAsync("mutating", hook, $$""", "failurePolicy": "{{policy}}" """);
        var (answered, body) = await CreatePodAsync("default", "p");
        Assert.Equal(code, answered);
        if (code == 500)
        {
            Assert.StartsWith(
                "Internal error occurred: failed calling webhook \"pods.example.org\": failed to call webhook: Post \"https://hook.mesh.svc/pods?timeout=10s\":",
                (string?)body["message"],
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_webhook_at_a_url_is_trusted_by_its_bundle_alone()
    {
        await using var hook = new TestWebhook(_ => TestWebhook.Allow());
        await using var other = new TestWebhook(_ => TestWebhook.Allow());
        await PutConfigurationAsync("validating", $$"""{"url": "https://localhost:{{hook.Port}}/pods", "caBundle": "{{other.CaBundle}}"}""", "");
        Assert.Equal(500, (await CreatePodAsync("default", "untrusted")).Code);
        await _api.SendAsync("DELETE", Registration + "validatingwebhookconfigurations/hooks");
        await PutConfigurationAsync("validating", $$"""{"url": "https://localhost:{{hook.Port}}/pods", "caBundle": "{{hook.CaBundle}}"}""", "");
        Assert.Equal(201, (await CreatePodAsync("default", "trusted")).Code);
    }

    private async Task<(int Code, JsonNode Body)> CreatePodAsync(string ns, string name) => await _api.SendAsync(
        "POST", $"/api/v1/namespaces/{ns}/pods", $$"""{"metadata":{"name":"{{name}}"},"spec":{"containers":[{"name":"app","image":"sample/app"}]} }""");

    private Task RegisterAsync(string kind, TestWebhook hook, string more) => PutConfigurationAsync(
        kind, $$"""{"service": {"namespace": "mesh", "name": "hook", "path": "/pods"}, "caBundle": "{{hook.CaBundle}}"}""", more);

    private async Task PutConfigurationAsync(string kind, string clientConfig, string more)
    {
        var (code, body) = await _api.SendAsync("POST", $"{Registration}{kind}webhookconfigurations", $$"""
            {"metadata": {"name": "hooks"}, "webhooks": [{
              "name": "pods.example.org", "clientConfig": {{clientConfig}}, "admissionReviewVersions": ["v1"], "sideEffects": "None",
              "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}]{{more}} }]}
            """);
        Assert.True(code == 201, body.ToJsonString());
    }
}
