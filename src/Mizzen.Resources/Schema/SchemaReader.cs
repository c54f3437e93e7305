using System.Text.Json.Nodes;

namespace Mizzen.Resources.Schema;

/// <summary>Reads structural schemas from OpenAPI v3 JSON.</summary>
internal static class SchemaReader
{
    public static StructuralSchema Read(JsonObject json)
    {
        var listType = (string?)json["x-kubernetes-list-type"];
        return new StructuralSchema
        {
            Type = TypeOf(json),
            Nullable = Flag(json, "nullable"),
            PreserveUnknownFields = Flag(json, "x-kubernetes-preserve-unknown-fields"),
            EmbeddedResource = Flag(json, "x-kubernetes-embedded-resource"),
            Properties = (json["properties"] as JsonObject ?? []).ToDictionary(pair => pair.Key, pair => Read(pair.Value as JsonObject ?? [])),
            AdditionalProperties = ReadMapValues(json["additionalProperties"]),
            Items = json["items"] is JsonObject items ? Read(items) : null,
            ListType = listType switch { "map" => ListType.Map, "set" => ListType.Set, _ => ListType.Atomic },
            ListMapKeys = Strings(json["x-kubernetes-list-map-keys"]) ?? [],
            AtomicMap = (string?)json["x-kubernetes-map-type"] == "atomic",
            PatchMerge = HasStrategy(json, "merge"),
            PatchRetainKeys = HasStrategy(json, "retainKeys"),
            PatchMergeKey = (string?)json["x-kubernetes-patch-merge-key"],
            Default = json["default"]?.DeepClone(),
            Enum = json["enum"] is JsonArray values ? [.. values.Select(value => value?.ToString() ?? "")] : null,
            Pattern = (string?)json["pattern"],
            Format = (string?)json["format"],
            Description = (string?)json["description"],
            Minimum = Number(json, "minimum"),
            Maximum = Number(json, "maximum"),
            MinLength = (int?)Number(json, "minLength"),
            MaxLength = (int?)Number(json, "maxLength"),
            MinItems = (int?)Number(json, "minItems"),
            MaxItems = (int?)Number(json, "maxItems"),
            Required = Strings(json["required"]) ?? [],
            Rules = json["x-kubernetes-validations"] is JsonArray rules ? [.. rules.OfType<JsonObject>().Select(ReadRule)] : [],
        };
    }

    private static ValidationRule ReadRule(JsonObject json) => new((string?)json["rule"] ?? "")
    {
        Message = (string?)json["message"],
        MessageExpression = (string?)json["messageExpression"],
        Reason = (string?)json["reason"],
        FieldPath = (string?)json["fieldPath"],
        OptionalOldSelf = Flag(json, "optionalOldSelf"),
    };

    private static SchemaType TypeOf(JsonObject json)
    {
        if (Flag(json, "x-kubernetes-int-or-string"))
        {
            return SchemaType.IntOrString;
        }

        return (string?)json["type"] switch
        {
            "object" => SchemaType.Object,
            "array" => SchemaType.Array,
            "string" => SchemaType.String,
            "integer" => SchemaType.Integer,
            "number" => SchemaType.Number,
            "boolean" => SchemaType.Boolean,
            _ => SchemaType.Any,
        };
    }

    private static StructuralSchema? ReadMapValues(JsonNode? node) => node switch
    {
        JsonObject schema => Read(schema),
        JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.True => StructuralSchema.FreeForm,
        _ => null,
    };

    private static bool HasStrategy(JsonObject json, string strategy) =>
        ((string?)json["x-kubernetes-patch-strategy"])?.Split(',').Contains(strategy) ?? false;

    private static bool Flag(JsonObject json, string name) => (bool?)json[name] ?? false;

    private static double? Number(JsonObject json, string name) => json[name] is { } value ? JsonNumber.Of(value) : null;

    private static List<string>? Strings(JsonNode? node) => node is JsonArray array ? [.. array.Select(item => (string)item!)] : null;
}
