using System.Text.Json.Nodes;

namespace Mizzen.ControlPlane.Injection;

/// <summary>The difference of two JSON objects as operations (RFC 6902). A list that differs is replaced as a whole.</summary>
internal static class JsonPatch
{
    /// <summary>The operations that make <paramref name="after"/> of <paramref name="before"/>.</summary>
    public static JsonArray Between(JsonObject before, JsonObject after)
    {
        var patch = new JsonArray();
        Compare(before, after, "", patch);
        return patch;
    }

    private static void Compare(JsonObject before, JsonObject after, string path, JsonArray patch)
    {
        foreach (var (name, _) in before.Where(field => !after.ContainsKey(field.Key)))
        {
            patch.Add(Operation("remove", path, name));
        }

        foreach (var (name, value) in after)
        {
            if (!before.TryGetPropertyValue(name, out var old))
            {
                patch.Add(Operation("add", path, name, value));
            }
            else if (old is JsonObject oldObject && value is JsonObject newObject)
            {
                Compare(oldObject, newObject, Pointer(path, name), patch);
            }
            else if (!JsonNode.DeepEquals(old, value))
            {
                patch.Add(Operation("replace", path, name, value));
            }
        }
    }

    private static JsonObject Operation(string operation, string path, string name) =>
        new() { ["op"] = operation, ["path"] = Pointer(path, name) };

    private static JsonObject Operation(string operation, string path, string name, JsonNode? value)
    {
        var node = Operation(operation, path, name);
        node["value"] = value?.DeepClone();
        return node;
    }

    // RFC 6901 section 3.
    private static string Pointer(string path, string name) =>
        $"{path}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
}
