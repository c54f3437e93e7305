using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Storage;

/// <summary>
/// One version of one object: immutable, shared by readers and watchers. The JSON is complete, with
/// <c>metadata.resourceVersion</c>, in the kind's storage version.
/// </summary>
internal sealed class StoredObject(ObjectKey key, long revision, byte[] json)
{
    private static readonly Dictionary<string, string> NoLabels = [];

    private JsonDocument? _document;
    private IReadOnlyDictionary<string, string>? _labels;

    public ObjectKey Key { get; } = key;

    public long Revision { get; } = revision;

    public byte[] Json { get; } = json;

    /// <summary>The parsed form for looking things up; never disposed of, because it lives as long as the object.</summary>
    public JsonElement Root => (_document ??= JsonDocument.Parse(Json)).RootElement;

    public IReadOnlyDictionary<string, string> Labels => _labels ??= ReadLabels();

    public string? Uid => Metadata("uid");

    /// <summary>A fresh tree that the caller may change.</summary>
    public JsonObject ToNode() => (JsonObject)JsonNode.Parse(Json)!;

    private string? Metadata(string name) =>
        Root.TryGetProperty("metadata", out var metadata) && metadata.TryGetProperty(name, out var value) ? value.GetString() : null;

    private Dictionary<string, string> ReadLabels()
    {
        if (!Root.TryGetProperty("metadata", out var metadata)
            || !metadata.TryGetProperty("labels", out var labels)
            || labels.ValueKind != JsonValueKind.Object)
        {
            return NoLabels;
        }

        var read = new Dictionary<string, string>();
        foreach (var label in labels.EnumerateObject())
        {
            read[label.Name] = label.Value.GetString() ?? "";
        }

        return read;
    }
}
