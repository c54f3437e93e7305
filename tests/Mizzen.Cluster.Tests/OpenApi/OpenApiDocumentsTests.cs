using System.Text.Json.Nodes;
using Mizzen.Cluster.OpenApi;
using Mizzen.Resources;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Tests.OpenApi;

public sealed class OpenApiDocumentsTests
{
    private const string Version = "v1.32.5";
    private static readonly IReadOnlyList<OpenApiKind> Kinds = [.. KindCatalog.All.SelectMany(InEveryVersion)];
    private static readonly OpenApiDocuments Documents = new(Kinds, Version);

    [Fact]
    public void The_index_names_every_group_and_version_with_the_hash_of_its_document()
    {
        var paths = (JsonObject)Read(Documents.V3Index)["paths"]!;
        Assert.Equal(Kinds.Select(kind => kind.Root).Distinct().Order(), paths.Select(path => path.Key).Order());
        Assert.All(paths, path => Assert.Equal(
            $"/openapi/v3/{path.Key}?hash={Documents.V3(path.Key)!.Hash}", (string?)path.Value!["serverRelativeURL"]));
    }

    [Fact]
    public void A_group_that_is_not_served_has_no_document() => Assert.Null(Documents.V3("apis/autoscaling/v2"));

    [Theory]
    [InlineData("api/v1", "/api/v1/namespaces/{namespace}/pods/{name}", "Pod", true)]
    [InlineData("api/v1", "/api/v1/namespaces/{name}", "Namespace", true)]
    [InlineData("apis/apps/v1", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}", "Deployment", true)]
    [InlineData("apis/networking.istio.io/v1", "/apis/networking.istio.io/v1/namespaces/{namespace}/gateways/{name}", "Gateway", false)]
    public void A_patch_says_its_kind_its_forms_and_that_the_server_validates(string root, string path, string kind, bool strategic)
    {
        var patch = Read(Documents.V3(root)!)["paths"]![path]!["patch"]!;
        Assert.Equal(kind, (string?)patch["x-kubernetes-group-version-kind"]!["kind"]);
        Assert.Equal(["dryRun", "fieldManager", "fieldValidation", "force"], patch["parameters"]!.AsArray().Select(parameter => (string?)parameter!["name"]));
        Assert.Equal(strategic, patch["requestBody"]!["content"]!.AsObject().ContainsKey("application/strategic-merge-patch+json"));
    }

    [Fact]
    public void A_pod_spec_is_a_schema_of_its_own_that_tells_how_lists_merge()
    {
        var schemas = Read(Documents.V3("api/v1")!)["components"]!["schemas"]!;
        Assert.Equal("#/components/schemas/io.k8s.api.core.v1.PodSpec", (string?)schemas["io.k8s.api.core.v1.Pod"]!["properties"]!["spec"]!["$ref"]);
        var containers = schemas["io.k8s.api.core.v1.PodSpec"]!["properties"]!["containers"]!;
        Assert.Equal(("merge", "name"), ((string?)containers["x-kubernetes-patch-strategy"], (string?)containers["x-kubernetes-patch-merge-key"]));
        Assert.Equal("merge,retainKeys", (string?)schemas["io.k8s.api.core.v1.PodSpec"]!["properties"]!["volumes"]!["x-kubernetes-patch-strategy"]);
        Assert.Equal("int-or-string", (string?)schemas["io.k8s.api.core.v1.HttpGetAction"]!["properties"]!["port"]!["format"]);
    }

    [Fact]
    public void The_strategy_of_a_deployment_keeps_the_keys_that_a_patch_names()
    {
        var v3 = Read(Documents.V3("apis/apps/v1")!)["components"]!["schemas"]!["io.k8s.api.apps.v1.DeploymentSpec"]!["properties"]!["strategy"]!;
        Assert.Equal("""{"allOf":[{"$ref":"#/components/schemas/io.k8s.api.apps.v1.DeploymentStrategy"}],"x-kubernetes-patch-strategy":"retainKeys"}""", v3.ToJsonString());
        var v2 = Read(Documents.V2)["definitions"]!["io.k8s.api.apps.v1.DeploymentSpec"]!["properties"]!["strategy"]!;
        Assert.Equal("""{"$ref":"#/definitions/io.k8s.api.apps.v1.DeploymentStrategy","x-kubernetes-patch-strategy":"retainKeys"}""", v2.ToJsonString());
    }

    [Fact]
    public void Kinds_of_definitions_stand_under_their_reversed_group_with_what_every_object_has()
    {
        var gateway = Read(Documents.V3("apis/networking.istio.io/v1")!)["components"]!["schemas"]!["io.istio.networking.v1.Gateway"]!;
        Assert.Equal("""[{"group":"networking.istio.io","kind":"Gateway","version":"v1"}]""", gateway["x-kubernetes-group-version-kind"]!.ToJsonString());
        Assert.Equal("#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", (string?)gateway["properties"]!["metadata"]!["$ref"]);
        Assert.Equal("string", (string?)gateway["properties"]!["kind"]!["type"]);
    }

    [Fact]
    public void Every_reference_leads_to_a_definition()
    {
        AssertResolved(Read(Documents.V2), "#/definitions/", document => document["definitions"]!);
        Assert.All(Kinds.Select(kind => kind.Root).Distinct(), root =>
            AssertResolved(Read(Documents.V3(root)!), "#/components/schemas/", document => document["components"]!["schemas"]!));
    }

    [Fact]
    public void The_protobuf_says_what_the_JSON_says()
    {
        Assert.Equal("application/com.github.proto-openapi.spec.v2.v1.0+protobuf", Documents.V2Protobuf.ContentType);
        var document = ProtobufFields.Read(Documents.V2Protobuf.Body);
        Assert.Equal("2.0", document.Text(1));
        var definitions = document.Message(9)!.Messages(1).ToDictionary(named => named.Text(1), named => named.Message(2)!);
        Assert.Equal(((JsonObject)Read(Documents.V2)["definitions"]!).Select(definition => definition.Key).Order(), definitions.Keys.Order());

        var properties = definitions["io.k8s.api.core.v1.PodSpec"].Message(25)!.Messages(1).ToDictionary(named => named.Text(1), named => named.Message(2)!);
        var containers = properties["containers"];
        Assert.Equal("array", containers.Message(22)!.Text(1));
        Assert.Equal("#/definitions/io.k8s.api.core.v1.Container", containers.Message(23)!.Message(1)!.Text(1));
        var extensions = containers.Messages(31).ToDictionary(named => named.Text(1), named => named.Message(2)!.Text(2));
        Assert.Equal(("\"merge\"", "\"name\""), (extensions["x-kubernetes-patch-strategy"], extensions["x-kubernetes-patch-merge-key"]));

        var path = document.Message(8)!.Messages(2).Single(named => named.Text(1) == "/api/v1/namespaces/{namespace}/pods/{name}").Message(2)!;
        var parameters = path.Message(8)!.Messages(8).Select(item => item.Message(1)!.Message(2)?.Message(3)?.Text(4)).OfType<string>();
        Assert.Equal(["dryRun", "fieldManager", "fieldValidation", "force"], parameters);
    }

    [Fact]
    public void The_same_kinds_give_the_same_hash_and_other_kinds_another()
    {
        Assert.Equal(Documents.V2.Hash, new OpenApiDocuments(Kinds, Version).V2.Hash);
        Assert.NotEqual(Documents.V2.Hash, new OpenApiDocuments([.. Kinds.Skip(1)], Version).V2.Hash);
    }

    private static IEnumerable<OpenApiKind> InEveryVersion(ResourceKind kind) =>
        kind.ServedVersions.Select(version => new OpenApiKind(kind, version, SchemaGenerator.For(kind.ClrType)));

    private static void AssertResolved(JsonNode document, string prefix, Func<JsonNode, JsonNode> definitions)
    {
        var known = ((JsonObject)definitions(document)).Select(definition => prefix + definition.Key).ToHashSet();
        var references = References(document).Distinct().ToList();
        Assert.NotEmpty(references);
        Assert.DoesNotContain(references, reference => !known.Contains(reference));
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject json => json.SelectMany(member => member is { Key: "$ref", Value: JsonValue value } ? [(string)value!] : References(member.Value)),
        JsonArray array => array.SelectMany(References),
        _ => [],
    };

    private static JsonNode Read(OpenApiDocument document) => JsonNode.Parse(document.Body.Span)!;
}
