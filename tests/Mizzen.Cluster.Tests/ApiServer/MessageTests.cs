using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Tests.ApiServers;

/// <summary>Refusals: code, reason and words are those of Kubernetes, because people and programs read them.</summary>
public sealed class MessageTests(RunningApiServer api) : IClassFixture<RunningApiServer>
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private const string Deployments = "/apis/apps/v1/namespaces/default/deployments";

    [Theory]
    [InlineData("GET", ConfigMaps + "/nope", null, 404, "NotFound", "configmaps \"nope\" not found")]
    [InlineData("GET", "/apis/apps/v1/namespaces/default/deployments/nope", null, 404, "NotFound", "deployments.apps \"nope\" not found")]
    [InlineData("GET", "/apis/nope.io/v1/things", null, 404, "NotFound", "the server could not find the requested resource")]
    [InlineData("POST", ConfigMaps, """{"metadata":{"name":"kube-root-ca.crt"}}""", 409, "AlreadyExists", "configmaps \"kube-root-ca.crt\" already exists")]
    [InlineData("POST", "/api/v1/namespaces/nope/configmaps", """{"metadata":{"name":"a"}}""", 404, "NotFound", "namespaces \"nope\" not found")]
    [InlineData("POST", ConfigMaps, """{"metadata":{}}""", 422, "Invalid", "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required")]
    [InlineData("POST", ConfigMaps, """{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}}""", 400, "BadRequest", "Pod in version \"v1\" cannot be handled as a ConfigMap: the path is that of v1 ConfigMap")]
    [InlineData("POST", ConfigMaps, """{"metadata":{"name":"a","namespace":"other"}}""", 400, "BadRequest", "the namespace of the provided object does not match the namespace sent on the request (other and default)")]
    [InlineData("POST", ConfigMaps, """{"metadata":{"name":"a","resourceVersion":"3"}}""", 400, "BadRequest", "resourceVersion should not be set on objects to be created")]
    [InlineData("POST", ConfigMaps + "?fieldValidation=Strict", """{"metadata":{"name":"a"},"dta":{}}""", 400, "BadRequest", "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"dta\"")]
    [InlineData("POST", ConfigMaps + "?fieldValidation=Strict", """{"metadata":{"name":"a","name":"b"}}""", 400, "BadRequest", "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: duplicate field \"metadata.name\"")]
    [InlineData("POST", ConfigMaps + "/a", "{}", 405, "MethodNotAllowed", "the server does not allow this method on the requested resource")]
    [InlineData("PUT", ConfigMaps + "/kube-root-ca.crt", """{"metadata":{"name":"kube-root-ca.crt","resourceVersion":"999999"}}""", 409, "Conflict", "Operation cannot be fulfilled on configmaps \"kube-root-ca.crt\": the object has been modified; please apply your changes to the latest version and try again")]
    [InlineData("GET", ConfigMaps + "?fieldSelector=data.x%3Dy", null, 400, "BadRequest", "field label not supported: data.x")]
    [InlineData("GET", ConfigMaps + "?resourceVersionMatch=Exact", null, 422, "Invalid", "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided")]
    [InlineData("GET", ConfigMaps + "?continue=x", null, 400, "BadRequest", null)]
    [InlineData("POST", Deployments, """{"metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"c"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}""", 422, "Invalid", "Deployment.apps \"d\" is invalid: spec.template.metadata.labels: Invalid value: {\"a\":\"c\"}: `selector` does not match template `labels`")]
    [InlineData("POST", Deployments, """{"metadata":{"name":"d"},"spec":{"template":{}}}""", 422, "Invalid", "Deployment.apps \"d\" is invalid: spec.selector: Required value")]
    [InlineData("POST", Deployments, """{"metadata":{"name":"d"},"spec":{"replicas":"two"}}""", 400, "BadRequest", "Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32")]
    [InlineData("POST", "/api/v1/namespaces/default/pods", """{"metadata":{"name":"p"},"spec":{"serviceAccountName":"ghost","containers":[{"name":"c","image":"i"}]}}""", 403, "Forbidden", "pods \"p\" is forbidden: error looking up service account default/ghost: serviceaccount \"ghost\" not found")]
    [InlineData("POST", "/api/v1/namespaces/default/pods", """{"metadata":{"name":"p"},"spec":{"containers":[]}}""", 422, "Invalid", "Pod \"p\" is invalid: spec.containers: Required value")]
    [InlineData("POST", "/api/v1/namespaces/default/services", """{"metadata":{"name":"s"},"spec":{"clusterIP":"10.96.0.1","ports":[{"port":80}]}}""", 422, "Invalid", "Service \"s\" is invalid: spec.clusterIPs: Invalid value: [\"10.96.0.1\"]: failed to allocate IP 10.96.0.1: provided IP is already allocated")]
    [InlineData("POST", ConfigMaps + "?dryRun=Some", """{"metadata":{"name":"a"}}""", 422, "Invalid", "CreateOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: \"Some\": supported values: \"All\"")]
    public async Task A_refusal_says(string method, string path, string? body, int code, string reason, string? message)
    {
        var (answered, status) = await api.SendAsync(method, path, body);
        Assert.Equal(code, answered);
        Assert.Equal("Status", (string?)status["kind"]);
        Assert.Equal("Failure", (string?)status["status"]);
        Assert.Equal(reason, (string?)status["reason"]);
        Assert.Equal(code, (int)status["code"]!);
        if (message is not null)
        {
            Assert.Equal(message, (string?)status["message"]);
        }
    }

    [Theory]
    [InlineData("application/json", 415, null)]
    [InlineData("application/json-patch+json", 422, "the server rejected our request due to an error in our request")]
    [InlineData("application/apply-patch+yaml", 422, "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch")]
    public async Task A_patch_that_does_not_fit_is_refused(string contentType, int code, string? message)
    {
        var (answered, status) = await api.SendAsync("PATCH", ConfigMaps + "/kube-root-ca.crt", """[{"op":"test","path":"/data/x","value":"y"}]""", contentType);
        Assert.Equal(code, answered);
        if (message is not null)
        {
            Assert.Equal(message, (string?)status["message"]);
        }
    }

    [Fact]
    public async Task Every_problem_of_an_object_is_named_at_once()
    {
        var (_, status) = await api.SendAsync("POST", ConfigMaps, """{"metadata":{"name":"A_B","labels":{"a b":"c"}}}""");
        var causes = status["details"]!["causes"]!.AsArray();
        Assert.Equal(["metadata.name", "metadata.labels"], causes.Select(cause => (string)cause!["field"]!));
        Assert.All(causes, cause => Assert.Equal("FieldValueInvalid", (string)cause!["reason"]!));
        Assert.Equal("ConfigMap", (string)status["details"]!["kind"]!);
    }

    [Fact]
    public async Task An_unknown_path_is_answered_in_plain_text()
    {
        var (code, body) = await api.SendAsync("GET", "/nowhere");
        Assert.Equal((404, "404 page not found\n"), (code, (string)body!));
    }

    [Fact]
    public async Task An_unknown_field_is_a_warning_unless_somebody_said_otherwise()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, ConfigMaps + "?dryRun=All");
        request.Content = new StringContent("""{"metadata":{"name":"warned"},"dta":{}}""", System.Text.Encoding.UTF8, "application/json");
        using var response = await api.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("299 - \"unknown field \\\"dta\\\"\"", response.Headers.GetValues("Warning").Single());
    }

    [Fact]
    public async Task Without_credentials_only_health_and_version_are_told()
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };
        using var stranger = new HttpClient(handler) { BaseAddress = api.Url };
        Assert.Equal("ok", await stranger.GetStringAsync(new Uri("/readyz", UriKind.Relative), TestContext.Current.CancellationToken));
        using var refused = await stranger.GetAsync(new Uri(ConfigMaps, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(401, (int)refused.StatusCode);
        var status = JsonNode.Parse(await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal("Unauthorized", (string?)status["message"]);
    }
}
