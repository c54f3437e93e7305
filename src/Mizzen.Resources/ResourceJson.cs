using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Mizzen.Resources;

/// <summary>
/// The one way in which kinds become JSON and back: camelCase, absent instead of null, times in UTC with seconds, unknown fields
/// ignored (whether they are allowed is the schema's question).
/// </summary>
public static class ResourceJson
{
    /// <summary>The settings, for callers that stream.</summary>
    public static JsonSerializerOptions Options { get; } = CreateOptions();

    /// <summary>JSON text.</summary>
    public static string Serialize<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>JSON as UTF-8.</summary>
    public static byte[] SerializeToUtf8Bytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <summary>Reads UTF-8 JSON.</summary>
    /// <exception cref="JsonException">The text is not JSON, or a field has another type.</exception>
    public static T Deserialize<T>(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException("the document is null");

    /// <summary>Reads JSON text.</summary>
    /// <exception cref="JsonException">The text is not JSON, or a field has another type.</exception>
    public static T Deserialize<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException("the document is null");

    /// <summary>The value as a tree that can be changed.</summary>
    public static JsonObject ToNode<T>(T value) =>
        JsonSerializer.SerializeToNode(value, Options) as JsonObject ?? throw new JsonException($"{typeof(T).Name} is not an object");

    /// <summary>The tree as a value.</summary>
    /// <exception cref="JsonException">A field has another type.</exception>
    public static T FromNode<T>(JsonNode node) =>
        node.Deserialize<T>(Options) ?? throw new JsonException("the document is null");

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { KindFirst } },
            Converters = { new TimeConverter() },
        };
        options.MakeReadOnly();
        return options;
    }

    // Readers expect apiVersion and kind at the top; inherited properties would otherwise come last. Required members are the
    // schema's concern: a stored object that lacks one must still be readable.
    private static void KindFirst(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
        {
            return;
        }

        foreach (var property in type.Properties)
        {
            property.IsRequired = false;
            property.Order = property.Name switch
            {
                "apiVersion" => -3,
                "kind" => -2,
                "metadata" => -1,
                _ => property.Order,
            };
        }
    }

    private sealed class TimeConverter : JsonConverter<DateTimeOffset>
    {
        private const string Format = "yyyy-MM-dd'T'HH:mm:ss'Z'";

        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString(Format, System.Globalization.CultureInfo.InvariantCulture));
    }
}
