using System.Text.Json.Nodes;
using Mizzen.Resources.Core;
using Mizzen.Resources.Schema;

namespace Mizzen.Resources.Tests.Schema;

public sealed class SchemaGeneratorTests
{
    private static readonly StructuralSchema PodSpec = SchemaGenerator.For(typeof(PodSpec));

    public static TheoryData<string> Kinds => [.. KindCatalog.All.Select(kind => $"{kind.Plural}.{kind.Group}")];

    [Fact]
    public void A_schema_is_made_once() => Assert.Same(SchemaGenerator.For(typeof(Pod)), SchemaGenerator.For(typeof(Pod)));

    [Fact]
    public void Lists_of_a_pod_are_maps_by_their_keys()
    {
        var containers = PodSpec.Properties["containers"];
        Assert.Equal((ListType.Map, "name", true, "name"), (containers.ListType, containers.ListMapKeys.Single(), containers.PatchMerge, containers.PatchMergeKey));
        var ports = containers.Items!.Properties["ports"];
        Assert.Equal(["containerPort", "protocol"], ports.ListMapKeys);
        Assert.Equal("TCP", (string?)ports.Items!.Properties["protocol"].Default);
        Assert.Equal(ListType.Atomic, PodSpec.Properties["tolerations"].ListType);
    }

    [Fact]
    public void Scalars_keep_their_formats()
    {
        Assert.Equal((SchemaType.Integer, "int64"), Of(PodSpec.Properties["terminationGracePeriodSeconds"]));
        Assert.Equal((SchemaType.Integer, "int32"), Of(PodSpec.Properties["priority"]));
        Assert.Equal((SchemaType.Boolean, null), Of(PodSpec.Properties["hostPID"]));
        Assert.Equal((SchemaType.String, "date-time"), Of(SchemaGenerator.For(typeof(Pod)).Properties["metadata"].Properties["creationTimestamp"]));
        Assert.Equal((SchemaType.Any, null), Of(PodSpec.Properties["dnsConfig"]));
    }

    [Fact]
    public void The_mesh_never_names_its_definitions_and_Kubernetes_always_does()
    {
        Assert.Equal("io.k8s.api.core.v1.PodSpec", PodSpec.Definition);
        Assert.All(
            KindCatalog.All.Where(kind => !kind.BuiltIn),
            kind => Assert.Null(SchemaGenerator.For(kind.ClrType).Definition));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_schema_survives_its_JSON(string kind)
    {
        var json = SchemaGenerator.For(Find(kind).ClrType).ToJson();
        Assert.Equal(json.ToJsonString(), StructuralSchema.Parse((JsonObject)JsonNode.Parse(json.ToJsonString())!).ToJson().ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_schema_is_structural(string kind) => AssertStructural(SchemaGenerator.For(Find(kind).ClrType).ToJson(), kind);

    // KEP 1693: every value has a type, or says that it takes anything; map lists have keys that their items know.
    internal static void AssertStructural(JsonObject json, string path)
    {
        Assert.True(
            json.ContainsKey("type") || json.ContainsKey("x-kubernetes-int-or-string") || json.ContainsKey("x-kubernetes-preserve-unknown-fields"),
            $"{path} has no type");
        foreach (var key in json["x-kubernetes-list-map-keys"] as JsonArray ?? [])
        {
            Assert.True((json["items"]!["properties"] as JsonObject)?.ContainsKey((string)key!) ?? false, $"{path} has no key {key}");
        }

        foreach (var (name, property) in json["properties"] as JsonObject ?? [])
        {
            AssertStructural((JsonObject)property!, $"{path}.{name}");
        }

        foreach (var part in new[] { json["items"], json["additionalProperties"] }.OfType<JsonObject>())
        {
            AssertStructural(part, path + "[]");
        }
    }

    internal static ResourceKind Find(string name) => KindCatalog.All.Single(kind => $"{kind.Plural}.{kind.Group}" == name);

    private static (SchemaType Type, string? Format) Of(StructuralSchema schema) => (schema.Type, schema.Format);
}
