using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mizzen.Cluster.ApiServer.Objects;

/// <summary>Reads JSON into a tree and reports keys that stand twice (the last one holds), which ordinary readers let pass.</summary>
internal static class StrictJson
{
    private const int DeepestNesting = 512;

    /// <param name="utf8">The text.</param>
    /// <param name="duplicates">Receives the path of each key that stands twice.</param>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> utf8, List<string> duplicates)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = DeepestNesting });
        reader.Read();
        var node = ReadValue(ref reader, "", duplicates);
        return reader.Read() ? throw new JsonException("text after the end of the document") : node;
    }

    private static JsonNode? ReadValue(ref Utf8JsonReader reader, string path, List<string> duplicates)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadObject(ref reader, path, duplicates);
            case JsonTokenType.StartArray:
                return ReadArray(ref reader, path, duplicates);
            case JsonTokenType.String:
                return JsonValue.Create(reader.GetString());
            case JsonTokenType.True:
            case JsonTokenType.False:
                return JsonValue.Create(reader.GetBoolean());
            case JsonTokenType.Number:
                return reader.TryGetInt64(out var integer) ? JsonValue.Create(integer) : JsonValue.Create(reader.GetDouble());
            default:
                return null;
        }
    }

    private static JsonObject ReadObject(ref Utf8JsonReader reader, string path, List<string> duplicates)
    {
        var json = new JsonObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            var here = path.Length == 0 ? name : $"{path}.{name}";
            reader.Read();
            var value = ReadValue(ref reader, here, duplicates);
            if (!json.TryAdd(name, value))
            {
                duplicates.Add(here);
                json[name] = value;
            }
        }

        return json;
    }

    private static JsonArray ReadArray(ref Utf8JsonReader reader, string path, List<string> duplicates)
    {
        var array = new JsonArray();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            array.Add(ReadValue(ref reader, $"{path}[{array.Count}]", duplicates));
        }

        return array;
    }
}
