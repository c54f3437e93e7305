using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mizzen.Inspection;

/// <summary>Reads Envoy's JSON, where everything may be missing.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The objects of a list; none when there is no list.</summary>
    public static IEnumerable<JsonObject> Objects(this JsonNode? list) => (list as JsonArray ?? []).OfType<JsonObject>();

    /// <summary>The node behind a path of fields, null where one is missing.</summary>
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var field in path)
        {
            node = (node as JsonObject)?[field];
        }

        return node;
    }

    /// <summary>A string or number as text; empty when it is missing.</summary>
    public static string Text(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path)?.ToString() ?? "";

    /// <summary>With line breaks and two blanks a level.</summary>
    public static string Pretty(JsonNode? node) => (node?.ToJsonString(Indented) ?? "null") + "\n";
}
