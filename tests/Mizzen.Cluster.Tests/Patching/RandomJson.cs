using System.Text.Json.Nodes;
using CsCheck;

namespace Mizzen.Cluster.Tests.Patching;

/// <summary>Small random documents; names come from a small set, so that two documents have fields in common.</summary>
internal static class RandomJson
{
    public static Gen<string> Name { get; } = OneOf("a", "b", "c", "d/e", "f~g", "");

    public static Gen<JsonNode?> Scalar { get; } = Gen.OneOf(
        Gen.Int[0, 3].Select(number => (JsonNode?)JsonValue.Create(number)),
        Gen.Bool.Select(flag => (JsonNode?)JsonValue.Create(flag)),
        OneOf("x", "y").Select(text => (JsonNode?)JsonValue.Create(text)));

    public static Gen<JsonNode?> Value { get; } = Below(3);

    public static Gen<JsonObject> Object { get; } = ObjectOf(Value);

    public static Gen<JsonObject> ObjectOf(Gen<JsonNode?> value) => Gen.Select(Name, value).Array[0, 4].Select(fields =>
    {
        var json = new JsonObject();
        foreach (var (name, field) in fields)
        {
            json[name] = field?.DeepClone();
        }

        return json;
    });

    public static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static Gen<JsonNode?> Below(int depth) => depth == 0
        ? Scalar
        : Gen.OneOf(
            Scalar,
            ObjectOf(Below(depth - 1)).Select(json => (JsonNode?)json),
            Below(depth - 1).Array[0, 3].Select(items => (JsonNode?)new JsonArray([.. items.Select(item => item?.DeepClone())])));
}
