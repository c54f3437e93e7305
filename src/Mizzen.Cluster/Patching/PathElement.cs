using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Resources;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Patching;

/// <summary>
/// One step of a field path in the form of <c>FieldsV1</c>: <c>f:name</c> a field, <c>k:{"name":"x"}</c> an item by its keys,
/// <c>v:"x"</c> an item by its value.
/// </summary>
internal static class PathElement
{
    public static string Field(string name) => "f:" + name;

    /// <summary>The name of a field, or null for other steps.</summary>
    public static string? FieldName(string element) => element.StartsWith("f:", StringComparison.Ordinal) ? element[2..] : null;

    /// <summary>The step to an item of an associative list; null when the item lacks every key.</summary>
    public static string? Item(StructuralSchema list, JsonNode? item)
    {
        if (list.ListType == ListType.Set)
        {
            return "v:" + Text(item);
        }

        if (item is not JsonObject json)
        {
            return null;
        }

        var keys = new JsonObject();
        foreach (var key in list.ListMapKeys.Order(StringComparer.Ordinal))
        {
            if ((json[key] ?? list.Items?.Property(key)?.Default) is { } value)
            {
                keys[key] = value.DeepClone();
            }
        }

        return keys.Count == 0 ? null : "k:" + Text(keys);
    }

    /// <summary><c>.name</c>, <c>[name="x"]</c>, <c>[="x"]</c>.</summary>
    public static string ToText(string element) => element[..2] switch
    {
        "f:" => "." + element[2..],
        "k:" => KeysText(element[2..]),
        "v:" => $"[={element[2..]}]",
        _ => $"[{element[2..]}]",
    };

    private static string KeysText(string keys) =>
        JsonNode.Parse(keys) is JsonObject json ? $"[{string.Join(',', json.Select(key => $"{key.Key}={Text(key.Value)}"))}]" : $"[{keys}]";

    private static string Text(JsonNode? node) => JsonSerializer.Serialize(node, ResourceJson.Options);
}
