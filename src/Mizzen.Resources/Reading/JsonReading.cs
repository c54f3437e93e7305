using System.Text.Json.Nodes;

namespace Mizzen.Resources.Reading;

/// <summary>Reads JSON where everything may be missing or of another type.</summary>
public static class JsonReading
{
    /// <summary>The objects of a list; none when there is no list.</summary>
    public static IEnumerable<JsonObject> Objects(this JsonNode? list) => (list as JsonArray ?? []).OfType<JsonObject>();

    /// <summary>The texts of a list; none when there is no list.</summary>
    public static IEnumerable<string> Texts(this JsonNode? list) => (list as JsonArray ?? []).Select(item => item?.ToString() ?? "");

    /// <summary>The fields of an object as texts; none when there is no object.</summary>
    public static Dictionary<string, string> TextMap(this JsonNode? map) =>
        (map as JsonObject ?? []).ToDictionary(entry => entry.Key, entry => entry.Value?.ToString() ?? "", StringComparer.Ordinal);

    /// <summary>The node behind a path of fields, null where one is missing.</summary>
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var field in path)
        {
            node = (node as JsonObject)?[field];
        }

        return node;
    }

    /// <summary>A string, number or boolean as text; empty when it is missing.</summary>
    public static string Text(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path)?.ToString() ?? "";

    /// <summary>A whole number, also one in quotes; null when it is missing or something else.</summary>
    public static int? Number(this JsonNode? node, params ReadOnlySpan<string> path) =>
        int.TryParse(node.Text(path), System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;
}
