using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Resources;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Expressions;

/// <summary>JSON as CEL sees it.</summary>
internal static class ExpressionValue
{
    private static readonly ImmutableHashSet<string> Reserved =
    [
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    ];

    /// <summary>A value without a schema.</summary>
    public static object? Of(JsonNode? node) => Of(StructuralSchema.FreeForm, node);

    /// <summary>
    /// A value of a schema: fields that it names have the names that CEL can write (<c>__namespace__</c>, <c>a__dash__b</c>); the formats
    /// date-time and duration are times, and whole numbers are numbers with fractions where the schema says so.
    /// </summary>
    public static object? Of(StructuralSchema schema, JsonNode? node) => node switch
    {
        JsonObject json => json.ToDictionary(field => schema.Properties.ContainsKey(field.Key) ? FieldName(field.Key) : field.Key, field => Of(schema.Property(field.Key) ?? StructuralSchema.FreeForm, field.Value)),
        JsonArray array => array.Select(item => Of(schema.Items ?? StructuralSchema.FreeForm, item)).ToList(),
        null => null,
        _ => Scalar(schema, node),
    };

    /// <summary>How CEL writes the name of a field.</summary>
    public static string FieldName(string name)
    {
        if (Reserved.Contains(name))
        {
            return $"__{name}__";
        }

        return name.Replace("__", "__underscores__", StringComparison.Ordinal)
            .Replace(".", "__dot__", StringComparison.Ordinal)
            .Replace("-", "__dash__", StringComparison.Ordinal)
            .Replace("/", "__slash__", StringComparison.Ordinal);
    }

    private static object? Scalar(StructuralSchema schema, JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number when IsWhole(schema, JsonNumber.Of(node)) => (long)JsonNumber.Of(node),
        JsonValueKind.Number => JsonNumber.Of(node),
        _ => Text(schema, node.ToString()),
    };

    private static bool IsWhole(StructuralSchema schema, double number) =>
        schema.Type != SchemaType.Number && double.IsInteger(number) && Math.Abs(number) < long.MaxValue;

    private static object Text(StructuralSchema schema, string text) => schema.Format switch
    {
        "date-time" when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) => Timestamp.FromDateTimeOffset(time),
        _ => text,
    };
}
