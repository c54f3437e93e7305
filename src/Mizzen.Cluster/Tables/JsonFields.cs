using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Resources;

namespace Mizzen.Cluster.Tables;

/// <summary>Reads fields of objects that may lack any of them.</summary>
internal static class JsonFields
{
    public const string None = "<none>";
    public const string Unknown = "<unknown>";

    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            node = (node as JsonObject)?[name];
        }

        return node;
    }

    public static string? Text(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.GetValueKind() == JsonValueKind.String && (string)value! is { Length: > 0 } text ? text : null;

    public static long Number(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? (long)JsonNumber.Of(value) : 0;

    public static bool Flag(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.GetValueKind() == JsonValueKind.True;

    public static IReadOnlyList<JsonNode> Items(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonArray array ? [.. array.OfType<JsonNode>()] : [];

    public static JsonNode? FirstItem(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonArray { Count: > 0 } array ? array[0] : null;

    public static int Count(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) switch
    {
        JsonArray array => array.Count,
        JsonObject json => json.Count,
        _ => 0,
    };

    public static DateTimeOffset? Time(this JsonNode? node, params ReadOnlySpan<string> path) =>
        DateTimeOffset.TryParse(node.Text(path), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    public static string Name(this JsonObject json) => json.Text("metadata", "name") ?? "";

    public static string Age(this JsonObject json, DateTimeOffset now) => Duration.Since(json.Time("metadata", "creationTimestamp"), now);

    public static string? CreatedAt(this JsonObject json) => json.Text("metadata", "creationTimestamp");

    public static string OrNone(this string? text) => text is { Length: > 0 } ? text : None;

    /// <summary><c>a=1,b=2</c>, sorted.</summary>
    public static string Labels(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonObject { Count: > 0 } labels
            ? string.Join(',', labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"))
            : None;

    /// <summary>The first three, and how many there are beyond.</summary>
    public static string FirstThree(this IReadOnlyList<string> list, string whenEmpty)
    {
        const int Shown = 3;
        var text = string.Join(',', list.Take(Shown));
        return list.Count > Shown ? $"{text} + {list.Count - Shown} more..."
            : text.Length == 0 ? whenEmpty
            : text;
    }
}
