using System.Text.Json.Nodes;
using Mizzen.Resources;

namespace Mizzen.Cluster.Tests.Patching;

/// <summary>JSON as a text that is equal when the values are: members sorted, numbers as they are.</summary>
internal static class JsonText
{
    public static string Of(JsonNode? node) => ResourceJson.Serialize(Sorted(node));

    public static string Of(string text) => Of(JsonNode.Parse(text));

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject json => new JsonObject(json.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => KeyValuePair.Create(field.Key, Sorted(field.Value)))),
        JsonArray array => new JsonArray([.. array.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
