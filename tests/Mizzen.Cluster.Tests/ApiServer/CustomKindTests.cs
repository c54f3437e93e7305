using System.Text.Json.Nodes;
using Mizzen.Resources;

namespace Mizzen.Cluster.Tests.ApiServers;

/// <summary>Kinds that CustomResourceDefinitions bring: versions, pruning, defaults, validation, columns, and their end.</summary>
public sealed class CustomKindTests(RunningApiServer api) : IClassFixture<RunningApiServer>
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    [Fact]
    public async Task Several_versions_share_their_objects()
    {
        var path = await DefineAsync("gears", "{}");
        await api.SendAsync("POST", path + "v1/namespaces/default/gears", """{"metadata":{"name":"g"},"spec":{"teeth":8}}""");
        var (_, old) = await api.SendAsync("GET", path + "v1beta1/namespaces/default/gears/g");
        Assert.Equal($"{Group(path)}/v1beta1", (string?)old["apiVersion"]);
        var (_, list) = await api.SendAsync("GET", path + "v1beta1/gears");
        Assert.Equal($"{Group(path)}/v1beta1", (string?)list["items"]![0]!["apiVersion"]);
        Assert.Equal(8, (int)list["items"]![0]!["spec"]!["teeth"]!);
    }

    [Fact]
    public async Task Unknown_fields_are_pruned_and_absent_ones_get_their_defaults()
    {
        var path = await DefineAsync("pumps", """{"teeth":{"type":"integer","default":12}}""");
        var (code, made) = await api.SendAsync("POST", path + "v1/namespaces/default/pumps", """{"metadata":{"name":"p"},"spec":{"color":"red"}}""");
        Assert.Equal(201, code);
        Assert.Null(made["spec"]!["color"]);
        Assert.Equal(12, (int)made["spec"]!["teeth"]!);
    }

    [Theory]
    [InlineData("""{"teeth":"many"}""", "spec.teeth: Invalid value: \"string\": spec.teeth in body must be of type integer: \"string\"")]
    [InlineData("""{"teeth":-1}""", "spec.teeth: Invalid value: -1: spec.teeth in body should be greater than or equal to 0")]
    [InlineData("{}", "spec.teeth: Required value")]
    public async Task What_the_schema_forbids_is_refused(string spec, string message)
    {
        var name = "wheels" + Math.Abs(spec.GetHashCode(StringComparison.Ordinal));
        var path = await DefineAsync(name, """{"teeth":{"type":"integer","minimum":0}}""", required: "[\"teeth\"]");
        var (code, status) = await api.SendAsync("POST", $"{path}v1/namespaces/default/{name}", $$"""{"metadata":{"name":"w"},"spec": {{spec}} }""");
        Assert.Equal(422, code);
        Assert.EndsWith($"\"w\" is invalid: {message}", (string?)status["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_status_is_written_apart_and_a_strategic_patch_is_not_for_custom_kinds()
    {
        var path = await DefineAsync("lamps", "{}");
        var item = path + "v1/namespaces/default/lamps/l";
        await api.SendAsync("POST", path + "v1/namespaces/default/lamps", """{"metadata":{"name":"l"},"spec":{},"status":{"on":true}}""");
        Assert.Null((await api.SendAsync("GET", item)).Body["status"]);
        await api.SendAsync("PATCH", item + "/status", """{"status":{"on":true}}""", "application/merge-patch+json");
        Assert.True((bool)(await api.SendAsync("GET", item)).Body["status"]!["on"]!);
        Assert.Equal(415, (await api.SendAsync("PATCH", item, "{}", "application/strategic-merge-patch+json")).Code);
    }

    [Fact]
    public async Task With_its_definition_a_kind_and_its_objects_go()
    {
        var path = await DefineAsync("moths", "{}");
        await api.SendAsync("POST", path + "v1/namespaces/default/moths", """{"metadata":{"name":"m"},"spec":{}}""");
        await api.SendAsync("DELETE", $"{Definitions}/moths.{Group(path)}");
        Assert.Equal(404, (await api.SendAsync("GET", path + "v1/moths")).Code);
        await DefineAsync("moths", "{}", group: Group(path));
        Assert.Empty((await api.SendAsync("GET", path + "v1/moths")).Body["items"]!.AsArray());
    }

    [Theory]
    [InlineData("wrong.name", "metadata.name: Invalid value: \"wrong.name\": must be spec.names.plural+\".\"+spec.group")]
    public async Task A_definition_that_contradicts_itself_is_refused(string name, string message)
    {
        var (code, status) = await api.SendAsync("POST", Definitions, Definition(name, "things", "wrong.example.org", "{}", "[]"));
        Assert.Equal(422, code);
        Assert.EndsWith(message, (string?)status["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_definitions_of_the_mesh_are_accepted_and_kubectl_shows_their_columns()
    {
        foreach (var definition in CustomResourceDefinitions.All())
        {
            var (code, body) = await api.SendAsync("POST", Definitions, ResourceJson.Serialize(definition));
            Assert.True(code == 201, body.ToJsonString());
        }

        await api.KubectlAsync("apply -f -", """
            apiVersion: networking.istio.io/v1alpha3
            kind: VirtualService
            metadata: {name: reviews}
            spec:
              hosts: [reviews]
              http:
              - route:
                - destination: {host: reviews, subset: v1}
            """);
        var lines = (await api.KubectlAsync("get vs")).Split('\n');
        Assert.Equal(["NAME", "GATEWAYS", "HOSTS", "AGE"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("reviews", lines[1], StringComparison.Ordinal);
        Assert.Contains("[\"reviews\"]", lines[1], StringComparison.Ordinal);
        var (_, _, errors) = await api.RunKubectlAsync("apply -f -", """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: wrong}
            spec: {hosts: [a], htp: []}
            """);
        Assert.Contains("unknown field \"spec.htp\"", errors, StringComparison.Ordinal);
    }

    private static string Group(string path) => path.Split('/')[2];

    private async Task<string> DefineAsync(string plural, string properties, string required = "[]", string? group = null)
    {
        group ??= plural + ".example.org";
        var (code, body) = await api.SendAsync("POST", Definitions, Definition($"{plural}.{group}", plural, group, properties, required));
        Assert.True(code == 201, body.ToJsonString());
        Assert.Equal("True", (string?)body["status"]!["conditions"]!.AsArray().Single(condition => (string?)condition!["type"] == "Established")!["status"]);
        return $"/apis/{group}/";
    }

    private static string Definition(string name, string plural, string group, string properties, string required)
    {
        var spec = JsonNode.Parse($$"""{"type":"object","required":{{required}},"properties": {{properties}} }""")!.AsObject();
        if (properties == "{}")
        {
            spec["x-kubernetes-preserve-unknown-fields"] = true;
        }

        JsonObject Version(string version, bool storage) => new()
        {
            ["name"] = version,
            ["served"] = true,
            ["storage"] = storage,
            ["subresources"] = new JsonObject { ["status"] = new JsonObject() },
            ["schema"] = new JsonObject
            {
                ["openAPIV3Schema"] = new JsonObject
                {
                    ["type"] = "object",
                    ["properties"] = new JsonObject
                    {
                        ["spec"] = spec.DeepClone(),
                        ["status"] = new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true },
                    },
                },
            },
        };

        return new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = new JsonObject
            {
                ["group"] = group,
                ["scope"] = "Namespaced",
                ["names"] = new JsonObject { ["plural"] = plural, ["kind"] = char.ToUpperInvariant(plural[0]) + plural[1..^1] },
                ["versions"] = new JsonArray(Version("v1beta1", false), Version("v1", true)),
            },
        }.ToJsonString();
    }
}
