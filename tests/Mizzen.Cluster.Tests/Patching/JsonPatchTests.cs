using System.Text.Json.Nodes;
using CsCheck;
using Mizzen.Cluster.Patching;

namespace Mizzen.Cluster.Tests.Patching;

public sealed class JsonPatchTests
{
    [Theory]
    [InlineData("add a member", """{"a":1}""", """[{"op":"add","path":"/b","value":2}]""", """{"a":1,"b":2}""")]
    [InlineData("add over a member", """{"a":1}""", """[{"op":"add","path":"/a","value":2}]""", """{"a":2}""")]
    [InlineData("add before an item", """{"a":[1,3]}""", """[{"op":"add","path":"/a/1","value":2}]""", """{"a":[1,2,3]}""")]
    [InlineData("add behind the last item", """{"a":[1]}""", """[{"op":"add","path":"/a/-","value":2}]""", """{"a":[1,2]}""")]
    [InlineData("add at the length", """{"a":[1]}""", """[{"op":"add","path":"/a/1","value":2}]""", """{"a":[1,2]}""")]
    [InlineData("add null", """{}""", """[{"op":"add","path":"/a","value":null}]""", """{"a":null}""")]
    [InlineData("escaped slash", """{"m":{}}""", """[{"op":"add","path":"/m/app.kubernetes.io~1name","value":"x"}]""", """{"m":{"app.kubernetes.io/name":"x"}}""")]
    [InlineData("escaped tilde", """{"a~b":1}""", """[{"op":"remove","path":"/a~0b"}]""", """{}""")]
    [InlineData("~01 is ~1, not a slash", """{"~1":1}""", """[{"op":"remove","path":"/~01"}]""", """{}""")]
    [InlineData("the empty name", """{"":1}""", """[{"op":"replace","path":"/","value":2}]""", """{"":2}""")]
    [InlineData("remove an item", """{"a":[1,2,3]}""", """[{"op":"remove","path":"/a/1"}]""", """{"a":[1,3]}""")]
    [InlineData("replace a member", """{"a":1}""", """[{"op":"replace","path":"/a","value":[]}]""", """{"a":[]}""")]
    [InlineData("replace adds an absent member, as Kubernetes does", """{"a":1}""", """[{"op":"replace","path":"/b","value":2}]""", """{"a":1,"b":2}""")]
    [InlineData("replace the whole", """{"a":1}""", """[{"op":"replace","path":"","value":{"b":2}}]""", """{"b":2}""")]
    [InlineData("move", """{"a":{"b":1},"c":{}}""", """[{"op":"move","from":"/a/b","path":"/c/d"}]""", """{"a":{},"c":{"d":1}}""")]
    [InlineData("move within a list", """{"a":[1,2,3]}""", """[{"op":"move","from":"/a/0","path":"/a/2"}]""", """{"a":[2,3,1]}""")]
    [InlineData("move to itself", """{"a":1}""", """[{"op":"move","from":"/a","path":"/a"}]""", """{"a":1}""")]
    [InlineData("copy", """{"a":[1]}""", """[{"op":"copy","from":"/a","path":"/b"}]""", """{"a":[1],"b":[1]}""")]
    [InlineData("test, then change", """{"a":1.0}""", """[{"op":"test","path":"/a","value":1},{"op":"replace","path":"/a","value":2}]""", """{"a":2}""")]
    [InlineData("an absent member tests as null", """{}""", """[{"op":"test","path":"/a","value":null}]""", """{}""")]
    public void Fits(string what, string target, string patch, string expected) =>
        Assert.Equal($"{what}: {JsonText.Of(expected)}", $"{what}: {JsonText.Of(JsonPatch.Apply(Json(target), (JsonArray)Json(patch)!))}");

    [Theory]
    [InlineData("""{"a":1}""", """[{"op":"remove","path":"/b"}]""", 422, "error in remove for path: '/b': Unable to remove nonexistent key: b: missing value")]
    [InlineData("""{"a":1}""", """[{"op":"test","path":"/a","value":2}]""", 422, "testing value /a failed: test failed")]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/x/y","value":2}]""", 422, "add operation does not apply: doc is missing path: \"/x/y\": missing value")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"/a/b","value":2}]""", 422, "replace operation does not apply: doc is missing path: \"/a/b\": missing value")]
    [InlineData("""{"a":[1]}""", """[{"op":"replace","path":"/a/1","value":2}]""", 422, "error in replace for path: '/a/1': Unable to access invalid index: 1: invalid index referenced")]
    [InlineData("""{"a":[1,2]}""", """[{"op":"remove","path":"/a/01"}]""", 422, "error in remove for path: '/a/01': Unable to access invalid index: 01: invalid index referenced")]
    [InlineData("""{"a":[1]}""", """[{"op":"add","path":"/a/-1","value":0}]""", 422, "error in add for path: '/a/-1': Unable to access invalid index: -1: invalid index referenced")]
    [InlineData("""{"a":{}}""", """[{"op":"move","from":"/a","path":"/a/b"}]""", 422, "error in move for path: '/a/b': a value cannot move into itself")]
    [InlineData("""{}""", """[{"op":"grow","path":"/a"}]""", 422, "Unexpected kind: grow")]
    [InlineData("""{}""", """[{"op":"add","path":"a","value":1}]""", 422, "invalid JSON pointer \"a\": it does not begin with \"/\"")]
    [InlineData("""{}""", """[{"op":"add","path":"/a"}]""", 422, "add operation has no value")]
    [InlineData("""{}""", """[{"path":"/a"}]""", 400, "a JSON patch operation needs \"op\" as a text")]
    [InlineData("""{}""", """[1]""", 400, "a JSON patch is a list of operations")]
    public void Does_not_fit(string target, string patch, int code, string message)
    {
        var error = Assert.Throws<PatchException>(() => JsonPatch.Apply(Json(target), (JsonArray)Json(patch)!));
        Assert.Equal((code, message), (error.Code, error.Message));
    }

    [Fact]
    public void A_patch_that_fails_half_way_changes_nothing()
    {
        var target = Json("""{"a":1}""");
        Assert.Throws<PatchException>(() => JsonPatch.Apply(target, (JsonArray)Json("""[{"op":"add","path":"/b","value":1},{"op":"remove","path":"/c"}]""")!));
        Assert.Equal("""{"a":1}""", target!.ToJsonString());
    }

    [Fact]
    public void Ten_thousand_operations_are_enough()
    {
        var patch = new JsonArray([.. Enumerable.Range(0, 10_001).Select(_ => new JsonObject { ["op"] = "test", ["path"] = "/a", ["value"] = null })]);
        Assert.Equal(413, Assert.Throws<PatchException>(() => JsonPatch.Apply(new JsonObject(), patch)).Code);
    }

    [Fact]
    public void Removing_what_was_added_gives_the_document_back() => Gen.Select(RandomJson.Object, RandomJson.Name, RandomJson.Value).Sample(
        (json, name, value) =>
        {
            json.Remove(name);
            var path = "/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
            var patch = new JsonArray(
                new JsonObject { ["op"] = "add", ["path"] = path, ["value"] = value?.DeepClone() },
                new JsonObject { ["op"] = "test", ["path"] = path, ["value"] = value?.DeepClone() },
                new JsonObject { ["op"] = "remove", ["path"] = path });
            return JsonNode.DeepEquals(json, JsonPatch.Apply(json, patch));
        });

    private static JsonNode? Json(string text) => JsonNode.Parse(text);
}
