using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Injection;

namespace Mizzen.ControlPlane.Tests.Injection;

public sealed class JsonPatchTests
{
    [Theory]
    [InlineData("""{"a": 1}""", """{"a": 1}""", "[]")]
    [InlineData("{}", """{"a": {"b": 1}}""", """[{"op":"add","path":"/a","value":{"b":1}}]""")]
    [InlineData("""{"a": {}}""", """{"a": {"x/y~z": 1}}""", """[{"op":"add","path":"/a/x~1y~0z","value":1}]""")]
    [InlineData("""{"a": 1, "b": 2}""", """{"b": 3}""", """[{"op":"remove","path":"/a"},{"op":"replace","path":"/b","value":3}]""")]
    [InlineData("""{"a": [1]}""", """{"a": [1, 2]}""", """[{"op":"replace","path":"/a","value":[1,2]}]""")]
    [InlineData("""{"a": null}""", """{"a": {"b": 1}}""", """[{"op":"replace","path":"/a","value":{"b":1}}]""")]
    public void The_difference_of_two_objects(string before, string after, string patch) =>
        Assert.Equal(patch, JsonPatch.Between(JsonNode.Parse(before)!.AsObject(), JsonNode.Parse(after)!.AsObject()).ToJsonString());
}
