using System.Text;
using System.Text.Json;

namespace Mizzen.Proxy.Runtime;

/// <summary>A value that a filter has found out (a token's claim, a policy's name): JSON's kinds, with texts as UTF-8, so that comparing needs no allocation.</summary>
internal sealed class MetadataValue
{
    private static readonly MetadataValue None = new();
    private readonly Dictionary<string, MetadataValue>? _fields;

    private MetadataValue(Dictionary<string, MetadataValue>? fields = null) => _fields = fields;

    /// <summary>The text in UTF-8; null for other kinds.</summary>
    public byte[]? Text { get; private init; }

    /// <summary>The number; null for other kinds.</summary>
    public double? Number { get; private init; }

    /// <summary>True or false; null for other kinds.</summary>
    public bool? Truth { get; private init; }

    /// <summary>The items of a list; null for other kinds.</summary>
    public IReadOnlyList<MetadataValue>? Items { get; private init; }

    public bool IsNull => Text is null && Number is null && Truth is null && Items is null && _fields is null;

    public static MetadataValue Of(string text) => new() { Text = Encoding.UTF8.GetBytes(text) };

    public static MetadataValue Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => Of(element.GetString()!),
        JsonValueKind.Number => new MetadataValue { Number = element.GetDouble() },
        JsonValueKind.True or JsonValueKind.False => new MetadataValue { Truth = element.GetBoolean() },
        JsonValueKind.Array => new MetadataValue { Items = [.. element.EnumerateArray().Select(Of)] },
        JsonValueKind.Object => OfFields(element),
        _ => None,
    };

    /// <summary>The field of that name; null when there is none, or this is not an object.</summary>
    public MetadataValue? Field(string name) => _fields?.GetValueOrDefault(name);

    /// <summary>This object with the texts of some fields read as lists of words, which is how scopes are written in tokens (RFC 8693 section 4.2).</summary>
    public MetadataValue WithWords(IReadOnlyCollection<string> names)
    {
        var fields = new Dictionary<string, MetadataValue>(_fields ?? [], StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (fields.GetValueOrDefault(name)?.Text is { } text)
            {
                fields[name] = new MetadataValue { Items = [.. Encoding.UTF8.GetString(text).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Of)] };
            }
        }

        return new MetadataValue(fields);
    }

    private static MetadataValue OfFields(JsonElement element)
    {
        // Of two fields of one name the last one counts, as with most readers.
        var fields = new Dictionary<string, MetadataValue>(StringComparer.Ordinal);
        foreach (var field in element.EnumerateObject())
        {
            fields[field.Name] = Of(field.Value);
        }

        return new MetadataValue(fields);
    }
}
