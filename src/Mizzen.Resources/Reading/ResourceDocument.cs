using System.Text.Json.Nodes;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Reading;

/// <summary>One object of a source.</summary>
/// <param name="Node">The object as JSON.</param>
/// <param name="Lines">Where its fields stand in the source.</param>
public sealed record ResourceDocument(JsonObject Node, SourceMap Lines)
{
    /// <summary>The object's identity, as far as it says one.</summary>
    public ResourceKey Key
    {
        get
        {
            var apiVersion = Text(Node["apiVersion"]) ?? "";
            var slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
            var metadata = Node["metadata"] as JsonObject;
            return new ResourceKey(
                slash < 0 ? "" : apiVersion[..slash],
                Text(Node["kind"]) ?? "(no kind)",
                Text(metadata?["namespace"]),
                Text(metadata?["name"]) ?? "(no name)");
        }
    }

    private static string? Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}

/// <summary>Everything that a source holds.</summary>
/// <param name="Documents">The objects, lists taken apart.</param>
/// <param name="Problems">What could not be read; the documents are complete only when there is none.</param>
public sealed record ReadResult(IReadOnlyList<ResourceDocument> Documents, IReadOnlyList<Problem> Problems);

/// <summary>The line on which each field of a document stands.</summary>
public sealed class SourceMap(string source, IReadOnlyDictionary<string, int> lines, string root = "")
{
    /// <summary>The file's name.</summary>
    public string Source { get; } = source;

    /// <summary>The lines of an object below this one.</summary>
    public SourceMap Below(string path) => new(Source, lines, path);

    /// <summary>The line of a field path, or of the nearest one above it; null when none is known.</summary>
    public int? LineOf(string path)
    {
        path = root.Length == 0 ? path : path.Length == 0 ? root : $"{root}.{path}";
        for (var end = path.Length; end > 0; end = path.AsSpan(0, end).LastIndexOfAny('.', '['))
        {
            if (lines.TryGetValue(path[..end], out var line))
            {
                return line;
            }
        }

        return lines.TryGetValue("", out var first) ? first : null;
    }
}
