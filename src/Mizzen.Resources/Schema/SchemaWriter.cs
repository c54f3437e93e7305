using System.Text.Json.Nodes;

namespace Mizzen.Resources.Schema;

/// <summary>Writes structural schemas as OpenAPI v3 JSON.</summary>
/// <param name="reference">What to write in place of a schema; null to write it out.</param>
internal sealed class SchemaWriter(Func<StructuralSchema, JsonObject?> reference)
{
    public JsonObject Write(StructuralSchema schema)
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
        WriteRules(json, schema.Rules);
        return json;
    }

    private static void WriteRules(JsonObject json, IReadOnlyList<ValidationRule> rules)
    {
        if (rules.Count > 0)
        {
            json["x-kubernetes-validations"] = new JsonArray([.. rules.Select(WriteRule)]);
        }
    }

    private static JsonObject WriteRule(ValidationRule rule)
    {
        var json = new JsonObject { ["rule"] = rule.Rule };
        Put(json, "message", rule.Message);
        Put(json, "messageExpression", rule.MessageExpression);
        Put(json, "reason", rule.Reason);
        Put(json, "fieldPath", rule.FieldPath);
        Put(json, "optionalOldSelf", rule.OptionalOldSelf);
        return json;
    }

    private JsonObject Child(StructuralSchema schema) => reference(schema) ?? Write(schema);

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

    private void WriteChildren(JsonObject json, StructuralSchema schema)
    {
        if (schema.Properties.Count > 0)
        {
            json["properties"] = new JsonObject(schema.Properties.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, Child(pair.Value))));
        }

        if (schema.AdditionalProperties is { } values)
        {
            json["additionalProperties"] = Child(values);
        }

        if (schema.Items is { } items)
        {
            json["items"] = Child(items);
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

        Put(json, "x-kubernetes-patch-merge-key", schema.PatchMergeKey);
        Put(json, "x-kubernetes-patch-strategy", (schema.PatchMerge, schema.PatchRetainKeys) switch
        {
            (true, true) => "merge,retainKeys",
            (true, false) => "merge",
            (false, true) => "retainKeys",
            _ => null,
        });
    }

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
