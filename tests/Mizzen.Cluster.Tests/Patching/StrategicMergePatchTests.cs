using System.Text.Json.Nodes;
using CsCheck;
using Mizzen.Cluster.Patching;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Tests.Patching;

public sealed class StrategicMergePatchTests
{
    private static readonly StructuralSchema Spec = SchemaGenerator.For(typeof(PodSpec));

    [Theory]
    [InlineData(
        "containers merge by name",
        """{"containers":[{"name":"a","image":"a:1"},{"name":"b","image":"b:1"}]}""",
        """{"containers":[{"name":"b","image":"b:2"}]}""",
        """{"containers":[{"name":"a","image":"a:1"},{"name":"b","image":"b:2"}]}""")]
    [InlineData(
        "a container that is new comes first, as in Kubernetes' own example",
        """{"containers":[{"name":"a"}]}""",
        """{"containers":[{"name":"b","image":"b:1"}]}""",
        """{"containers":[{"name":"b","image":"b:1"},{"name":"a"}]}""")]
    [InlineData(
        "$patch: delete removes an item",
        """{"containers":[{"name":"a"},{"name":"b"}]}""",
        """{"containers":[{"name":"a","$patch":"delete"}]}""",
        """{"containers":[{"name":"b"}]}""")]
    [InlineData(
        "$patch: replace in a list replaces all items",
        """{"containers":[{"name":"a"},{"name":"b"}]}""",
        """{"containers":[{"name":"c"},{"$patch":"replace"}]}""",
        """{"containers":[{"name":"c"}]}""")]
    [InlineData(
        "$patch: replace replaces an object",
        """{"nodeSelector":{"a":"1","b":"2"}}""",
        """{"nodeSelector":{"c":"3","$patch":"replace"}}""",
        """{"nodeSelector":{"c":"3"}}""")]
    [InlineData(
        "$patch: delete empties an object",
        """{"nodeSelector":{"a":"1"}}""",
        """{"nodeSelector":{"$patch":"delete"}}""",
        """{"nodeSelector":{}}""")]
    [InlineData(
        "$setElementOrder orders what it names",
        """{"containers":[{"name":"a"},{"name":"b"},{"name":"c"}]}""",
        """{"$setElementOrder/containers":[{"name":"c"},{"name":"a"},{"name":"b"}],"containers":[{"name":"a","image":"x"}]}""",
        """{"containers":[{"name":"c"},{"name":"a","image":"x"},{"name":"b"}]}""")]
    [InlineData(
        "$setElementOrder alone orders, and what others added stays where it was",
        """{"containers":[{"name":"a"},{"name":"sidecar"},{"name":"b"}]}""",
        """{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]}""",
        """{"containers":[{"name":"sidecar"},{"name":"b"},{"name":"a"}]}""")]
    [InlineData(
        "$retainKeys drops the fields that it does not name",
        """{"volumes":[{"name":"v","emptyDir":{}}]}""",
        """{"volumes":[{"name":"v","$retainKeys":["name","configMap"],"configMap":{"name":"c"}}]}""",
        """{"volumes":[{"name":"v","configMap":{"name":"c"}}]}""")]
    [InlineData(
        "a list without a strategy is replaced",
        """{"tolerations":[{"key":"a"},{"key":"b"}]}""",
        """{"tolerations":[{"key":"c"}]}""",
        """{"tolerations":[{"key":"c"}]}""")]
    [InlineData(
        "null removes, and nulls of new objects are dropped",
        """{"hostname":"h"}""",
        """{"hostname":null,"affinity":{"nodeAffinity":null,"podAffinity":{}}}""",
        """{"affinity":{"podAffinity":{}}}""")]
    [InlineData(
        "ports merge by containerPort, inside a container that merges by name",
        """{"containers":[{"name":"a","ports":[{"containerPort":80,"protocol":"TCP"}]}]}""",
        """{"containers":[{"name":"a","ports":[{"containerPort":80,"name":"http"},{"containerPort":90}]}]}""",
        """{"containers":[{"name":"a","ports":[{"containerPort":80,"protocol":"TCP","name":"http"},{"containerPort":90}]}]}""")]
    [InlineData(
        "deleting what is not there is no error",
        """{}""",
        """{"containers":[{"name":"a","$patch":"delete"}],"nodeSelector":{"x":null}}""",
        """{"containers":[],"nodeSelector":{}}""")]
    public void A_pod_spec(string what, string target, string patch, string expected) => Assert.Equal(
        $"{what}: {JsonText.Of(expected)}",
        $"{what}: {JsonText.Of(StrategicMergePatch.Apply((JsonObject)JsonNode.Parse(target)!, (JsonObject)JsonNode.Parse(patch)!, Spec))}");

    [Fact]
    public void Finalizers_merge_as_a_set_and_lose_single_values()
    {
        var schema = SchemaGenerator.For(typeof(Pod));
        var pod = (JsonObject)JsonNode.Parse("""{"metadata":{"finalizers":["a/1","b/2"]}}""")!;
        var added = StrategicMergePatch.Apply(pod, (JsonObject)JsonNode.Parse("""{"metadata":{"finalizers":["c/3","a/1"]}}""")!, schema);
        Assert.Equal("""{"metadata":{"finalizers":["c/3","a/1","b/2"]}}""", added.ToJsonString());

        var removed = StrategicMergePatch.Apply(
            added, (JsonObject)JsonNode.Parse("""{"metadata":{"$deleteFromPrimitiveList/finalizers":["a/1"]}}""")!, schema);
        Assert.Equal("""{"metadata":{"finalizers":["c/3","b/2"]}}""", removed.ToJsonString());
    }

    [Fact]
    public void What_kubectl_sends_to_make_a_deployment_Recreate()
    {
        var deployment = (JsonObject)JsonNode.Parse(
            """{"spec":{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"}}}}""")!;
        var patch = (JsonObject)JsonNode.Parse("""{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}""")!;
        var patched = StrategicMergePatch.Apply(deployment, patch, SchemaGenerator.For(typeof(Deployment)));
        Assert.Equal("""{"spec":{"strategy":{"type":"Recreate"}}}""", patched.ToJsonString());
    }

    [Theory]
    [InlineData("""{"nodeSelector":{"$patch":"shred"}}""", "unknown patch type \"shred\": {\"$patch\":\"shred\"}")]
    [InlineData("""{"containers":[{"image":"x"}]}""", "map: {\"image\":\"x\"} does not contain declared merge key: name")]
    [InlineData("""{"affinity":{"$retainKeys":"x"}}""", "$retainKeys is not a list")]
    [InlineData("""{"affinity":{"$retainKeys":["a"],"podAffinity":{}}}""", "the patch changes \"podAffinity\", which its $retainKeys does not name")]
    [InlineData("""{"$mystery":1}""", "the patch directive \"$mystery\" is not known")]
    public void Refuses(string patch, string message)
    {
        var error = Assert.Throws<PatchException>(() => StrategicMergePatch.Apply([], (JsonObject)JsonNode.Parse(patch)!, Spec));
        Assert.Equal((400, message), (error.Code, error.Message));
    }

    [Fact]
    public void Without_lists_it_is_a_merge_patch() => Gen.Select(Flat, Flat).Sample((target, patch) =>
        JsonNode.DeepEquals(MergePatch.Apply(target, patch), StrategicMergePatch.Apply(target, patch, StructuralSchema.FreeForm)));

    private static Gen<JsonObject> Flat { get; } = RandomJson.ObjectOf(Gen.OneOf(RandomJson.Scalar, RandomJson.ObjectOf(RandomJson.Scalar).Select(json => (JsonNode?)json)));
}
