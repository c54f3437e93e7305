using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Patching;

/// <summary>JSON patch (RFC 6902), with the one liberty that Kubernetes takes: replacing an absent member of an object adds it.</summary>
public static class JsonPatch
{
    // Kubernetes' own limit, so that a small request cannot keep the server busy.
    private const int MostOperations = 10_000;

    /// <summary>The target with every operation applied in order, or none; neither argument is changed.</summary>
    /// <exception cref="PatchException">The patch is malformed (400), or an operation does not fit the document (422).</exception>
    public static JsonNode? Apply(JsonNode? target, JsonArray patch)
    {
        if (patch.Count > MostOperations)
        {
            throw new PatchException(413, $"The allowed maximum operations in a JSON patch is {MostOperations}, got {patch.Count}");
        }

        var document = target?.DeepClone();
        foreach (var node in patch)
        {
            var operation = node as JsonObject ?? throw PatchException.Malformed("a JSON patch is a list of operations");
            document = Apply(document, operation);
        }

        return document;
    }

    private static JsonNode? Apply(JsonNode? document, JsonObject operation)
    {
        var path = JsonPointer.Parse(Text(operation, "path"));
        switch (Text(operation, "op"))
        {
            case "add":
                return Add(document, path, Value(operation), "add");
            case "remove":
                return Remove(document, path);
            case "replace":
                return Replace(document, path, Value(operation));
            case "test":
                Test(document, path, operation["value"]);
                return document;
            case "move":
                return Move(document, From(operation), path);
            case "copy":
                return Add(document, path, Get(document, From(operation), "copy")?.DeepClone(), "copy");
            case var other:
                throw PatchException.DoesNotFit($"Unexpected kind: {other}");
        }
    }

    private static JsonPointer From(JsonObject operation) => JsonPointer.Parse(Text(operation, "from"));

    private static JsonNode? Add(JsonNode? document, JsonPointer path, JsonNode? value, string operation)
    {
        if (path.IsRoot)
        {
            return value;
        }

        switch (path.ParentIn(document))
        {
            case JsonObject parent:
                parent[path.Last] = value;
                return document;
            case JsonArray parent when path.Last == JsonPointer.Append:
                parent.Add(value);
                return document;
            case JsonArray parent:
                parent.Insert(Index(path, parent.Count + 1, operation), value);
                return document;
            default:
                throw MissingPath(operation, path);
        }
    }

    private static JsonNode? Remove(JsonNode? document, JsonPointer path)
    {
        if (path.IsRoot)
        {
            return null;
        }

        switch (path.ParentIn(document))
        {
            case JsonObject parent when parent.Remove(path.Last):
                return document;
            case JsonObject:
                throw PatchException.DoesNotFit(
                    $"error in remove for path: '{path.Text}': Unable to remove nonexistent key: {path.Last}: missing value");
            case JsonArray parent:
                parent.RemoveAt(Index(path, parent.Count, "remove"));
                return document;
            default:
                throw MissingPath("remove", path);
        }
    }

    private static JsonNode? Replace(JsonNode? document, JsonPointer path, JsonNode? value)
    {
        if (path.IsRoot)
        {
            return value;
        }

        switch (path.ParentIn(document))
        {
            case JsonObject parent:
                parent[path.Last] = value;
                return document;
            case JsonArray parent:
                parent[Index(path, parent.Count, "replace")] = value;
                return document;
            default:
                throw MissingPath("replace", path);
        }
    }

    private static JsonNode? Move(JsonNode? document, JsonPointer from, JsonPointer path)
    {
        if (from.Contains(path))
        {
            return from.Steps.Count == path.Steps.Count
                ? document
                : throw PatchException.DoesNotFit($"error in move for path: '{path.Text}': a value cannot move into itself");
        }

        var value = Get(document, from, "move")?.DeepClone();
        return Add(Remove(document, from), path, value, "move");
    }

    private static void Test(JsonNode? document, JsonPointer path, JsonNode? expected)
    {
        var parent = path.ParentIn(document);
        var found = path.IsRoot || parent is JsonObject || parent is JsonArray
            ? Find(document, path)
            : throw MissingPath("test", path);
        if (!JsonNode.DeepEquals(found, expected))
        {
            throw PatchException.DoesNotFit($"testing value {path.Text} failed: test failed");
        }
    }

    private static JsonNode? Get(JsonNode? document, JsonPointer path, string operation)
    {
        if (path.IsRoot)
        {
            return document;
        }

        return path.ParentIn(document) switch
        {
            JsonObject parent when parent.ContainsKey(path.Last) => parent[path.Last],
            JsonArray parent => parent[Index(path, parent.Count, operation)],
            _ => throw MissingPath(operation, path),
        };
    }

    private static JsonNode? Find(JsonNode? document, JsonPointer path) => path.IsRoot
        ? document
        : path.ParentIn(document) switch
        {
            JsonObject parent => parent[path.Last],
            JsonArray parent => parent[Index(path, parent.Count, "test")],
            _ => null,
        };

    private static int Index(JsonPointer path, int count, string operation) => JsonPointer.IndexOf(path.Last, count) is >= 0 and var index
        ? index
        : throw PatchException.DoesNotFit($"error in {operation} for path: '{path.Text}': Unable to access invalid index: {path.Last}: invalid index referenced");

    private static PatchException MissingPath(string operation, JsonPointer path) =>
        PatchException.DoesNotFit($"{operation} operation does not apply: doc is missing path: \"{path.Text}\": missing value");

    private static JsonNode? Value(JsonObject operation) => operation.TryGetPropertyValue("value", out var value)
        ? value?.DeepClone()
        : throw PatchException.DoesNotFit($"{Text(operation, "op")} operation has no value");

    private static string Text(JsonObject operation, string name) =>
        operation[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String
            ? (string)value!
            : throw PatchException.Malformed($"a JSON patch operation needs \"{name}\" as a text");
}
