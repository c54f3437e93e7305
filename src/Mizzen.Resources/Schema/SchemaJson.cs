using System.Text.Json.Nodes;

namespace Mizzen.Resources.Schema;

/// <summary>Structural schemas as OpenAPI v3 JSON and back.</summary>
internal static class SchemaJson
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
            PatchMerge = (string?)json["x-kubernetes-patch-strategy"] is { } strategy && strategy.Contains("merge", StringComparison.Ordinal),
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
        };
    }

    public static JsonObject Write(StructuralSchema schema)
    {
        var json = new JsonObject();
        Put(json, "description", schema.Description);
        WriteType(json, schema);
        Put(json, "format", schema.Format);
        Put(json, "pattern", schema.Pattern);
        Put(json, "nullable", schema.Nullable);
        Put(json, "x-kubernetes-preserve-unknown-fields", schema.PreserveUnknownFields);
        Put(json, "x-kubernetes-embedded-resource", schema.EmbeddedResource);
        PutNumber(json, "minimum", schema.Minimum);
        PutNumber(json, "maximum", schema.Maximum);
        PutNumber(json, "minLength", schema.MinLength);
        PutNumber(json, "maxLength", schema.MaxLength);
        PutNumber(json, "minItems", schema.MinItems);
        PutNumber(json, "maxItems", schema.MaxItems);
        PutStrings(json, "enum", schema.Enum);
        PutStrings(json, "required", schema.Required);
        if (schema.Default is not null)
        {
            json["default"] = schema.Default.DeepClone();
        }

        WriteChildren(json, schema);
        WriteMerging(json, schema);
        return json;
    }

    private static void WriteType(JsonObject json, StructuralSchema schema)
    {
        if (schema.Type == SchemaType.IntOrString)
        {
            json["x-kubernetes-int-or-string"] = true;
        }
        else if (schema.Type != SchemaType.Any)
        {
            json["type"] = schema.Type.ToString().ToLowerInvariant();
        }
    }

    private static void WriteChildren(JsonObject json, StructuralSchema schema)
    {
        if (schema.Properties.Count > 0)
        {
            json["properties"] = new JsonObject(schema.Properties.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, Write(pair.Value))));
        }

        if (schema.AdditionalProperties is { } values)
        {
            json["additionalProperties"] = Write(values);
        }

        if (schema.Items is { } items)
        {
            json["items"] = Write(items);
        }
    }

    private static void WriteMerging(JsonObject json, StructuralSchema schema)
    {
        if (schema.Type == SchemaType.Array)
        {
            json["x-kubernetes-list-type"] = schema.ListType.ToString().ToLowerInvariant();
            PutStrings(json, "x-kubernetes-list-map-keys", schema.ListMapKeys);
        }

        if (schema.AtomicMap)
        {
            json["x-kubernetes-map-type"] = "atomic";
        }

        if (schema.PatchMerge)
        {
            json["x-kubernetes-patch-strategy"] = "merge";
            Put(json, "x-kubernetes-patch-merge-key", schema.PatchMergeKey);
        }
    }

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

    private static bool Flag(JsonObject json, string name) => (bool?)json[name] ?? false;

    private static double? Number(JsonObject json, string name) => (double?)json[name];

    private static List<string>? Strings(JsonNode? node) => node is JsonArray array ? [.. array.Select(item => (string)item!)] : null;

    private static void Put(JsonObject json, string name, string? value)
    {
        if (value is not null)
        {
            json[name] = value;
        }
    }

    private static void Put(JsonObject json, string name, bool value)
    {
        if (value)
        {
            json[name] = true;
        }
    }

    private static void PutNumber(JsonObject json, string name, double? value)
    {
        if (value is { } number)
        {
            json[name] = number;
        }
    }

    private static void PutStrings(JsonObject json, string name, IReadOnlyList<string>? values)
    {
        if (values is { Count: > 0 })
        {
            json[name] = new JsonArray([.. values.Select(value => JsonValue.Create(value))]);
        }
    }
}
