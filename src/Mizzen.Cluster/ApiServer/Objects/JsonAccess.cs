using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Resources;

namespace Mizzen.Cluster.ApiServer.Objects;

/// <summary>Reads and shapes object trees whose fields may be absent or of another type than they should be.</summary>
internal static class JsonAccess
{
    public static JsonObject Metadata(this JsonObject node) => node.Ensure("metadata");

    /// <summary>The text of a field; null when it is absent or no text.</summary>
    public static string? Text(this JsonNode? node, string name) =>
        node is JsonObject json && json[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public static long? Number(this JsonNode? node, string name) =>
        node is JsonObject json && json[name] is JsonValue value && value.GetValueKind() == JsonValueKind.Number && double.IsInteger(JsonNumber.Of(value))
            ? (long)JsonNumber.Of(value)
            : null;

    public static bool IsTrue(this JsonNode? node, string name) =>
        node is JsonObject json && json[name] is JsonValue value && value.GetValueKind() == JsonValueKind.True;

    public static JsonObject? Child(this JsonNode? node, string name) => (node as JsonObject)?[name] as JsonObject;

    /// <summary>The objects of a list; empty when it is absent or no list.</summary>
    public static IEnumerable<JsonObject> Items(this JsonNode? node, string name) =>
        ((node as JsonObject)?[name] as JsonArray ?? []).OfType<JsonObject>();

    public static IEnumerable<string> Texts(this JsonNode? node, string name) =>
        ((node as JsonObject)?[name] as JsonArray ?? []).OfType<JsonValue>().Select(value => value.TryGetValue<string>(out var text) ? text : null).OfType<string>();

    /// <summary>The object in a field, made when there is none.</summary>
    public static JsonObject Ensure(this JsonObject node, string name)
    {
        if (node[name] is JsonObject child)
        {
            return child;
        }

        child = [];
        node[name] = child;
        return child;
    }

    /// <summary>Sets a field that is absent.</summary>
    public static void Default(this JsonObject node, string name, JsonNode? value)
    {
        if (node[name] is null)
        {
            node[name] = value;
        }
    }

    /// <summary>Takes a field over from another object, or removes it when it is absent there.</summary>
    public static void CopyFrom(this JsonObject node, JsonObject source, string name)
    {
        if (source[name] is { } value)
        {
            node[name] = value.DeepClone();
        }
        else
        {
            node.Remove(name);
        }
    }

    /// <summary>The value at a path such as <c>.spec.replicas</c>; null where it ends.</summary>
    public static JsonNode? At(this JsonNode? node, string path)
    {
        foreach (var name in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            node = (node as JsonObject)?[name];
        }

        return node;
    }

    /// <summary>Sets the value at a path, making the objects on the way.</summary>
    public static void Put(this JsonObject node, string path, JsonNode? value)
    {
        var names = path.Split('.', StringSplitOptions.RemoveEmptyEntries);
        foreach (var name in names[..^1])
        {
            node = node.Ensure(name);
        }

        node[names[^1]] = value;
    }

    /// <summary>Drops members that are null: for a typed field null means absent.</summary>
    public static void DropNulls(this JsonNode? node)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array)
            {
                item.DropNulls();
            }
        }
        else if (node is JsonObject json)
        {
            foreach (var (name, value) in json.ToList())
            {
                if (value is null)
                {
                    json.Remove(name);
                }
                else
                {
                    value.DropNulls();
                }
            }
        }
    }
}
