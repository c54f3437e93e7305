using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Mizzen.Resources.Schema;

/// <summary>Compares a document with a schema: wrong types and values, missing and unknown fields, defaults, pruning.</summary>
public static class SchemaValidation
{
    private static readonly TimeSpan PatternLimit = TimeSpan.FromMilliseconds(100);

    /// <summary>Every wrong type or value and every missing field, in document order.</summary>
    public static IReadOnlyList<FieldError> Validate(StructuralSchema schema, JsonNode? node)
    {
        var errors = new List<FieldError>();
        Check(schema, node, "", errors);
        return errors;
    }

    /// <summary>The paths of fields that the schema does not know.</summary>
    public static IReadOnlyList<string> UnknownFields(StructuralSchema schema, JsonNode? node)
    {
        var unknown = new List<string>();
        Visit(schema, node, "", (_, path, _) => unknown.Add(path));
        return unknown;
    }

    /// <summary>Removes the fields that the schema does not know.</summary>
    public static void Prune(StructuralSchema schema, JsonNode? node) =>
        Visit(schema, node, "", static (parent, _, name) => parent.Remove(name));

    /// <summary>Fills absent fields that have a default.</summary>
    public static void ApplyDefaults(StructuralSchema schema, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject json:
                foreach (var (name, property) in schema.Properties)
                {
                    if (property.Default is not null && !json.ContainsKey(name))
                    {
                        json[name] = property.Default.DeepClone();
                    }
                }

                foreach (var (name, value) in json)
                {
                    if (schema.Property(name) is { } property)
                    {
                        ApplyDefaults(property, value);
                    }
                }

                break;
            case JsonArray array when schema.Items is { } items:
                foreach (var item in array)
                {
                    ApplyDefaults(items, item);
                }

                break;
        }
    }

    private static void Visit(StructuralSchema schema, JsonNode? node, string path, Action<JsonObject, string, string> unknown)
    {
        if (node is JsonArray array && schema.Items is { } items)
        {
            for (var i = 0; i < array.Count; i++)
            {
                Visit(items, array[i], $"{path}[{i}]", unknown);
            }
        }
        else if (node is JsonObject json && schema.Type is SchemaType.Object or SchemaType.Any)
        {
            foreach (var (name, value) in json.ToList())
            {
                var here = Join(path, name);
                if (schema.Property(name) is { } property)
                {
                    Visit(property, value, here, unknown);
                }
                else if (!schema.PreserveUnknownFields && !(schema.EmbeddedResource && name is "apiVersion" or "kind" or "metadata"))
                {
                    unknown(json, here, name);
                }
            }
        }
    }

    private static void Check(StructuralSchema schema, JsonNode? node, string path, List<FieldError> errors)
    {
        if (node is null)
        {
            return;
        }

        if (!HasType(schema.Type, node))
        {
            errors.Add(new FieldError(
                path,
                FieldErrorKind.TypeInvalid,
                $"Invalid value: \"{NameOf(node)}\": {path} in body must be of type {WordFor(schema.Type)}: \"{NameOf(node)}\""));
            return;
        }

        switch (node)
        {
            case JsonObject json:
                CheckObject(schema, json, path, errors);
                break;
            case JsonArray array:
                CheckArray(schema, array, path, errors);
                break;
            default:
                CheckScalar(schema, node, path, errors);
                break;
        }
    }

    private static void CheckObject(StructuralSchema schema, JsonObject json, string path, List<FieldError> errors)
    {
        foreach (var name in schema.Required.Where(name => json[name] is null))
        {
            errors.Add(new FieldError(Join(path, name), FieldErrorKind.Required, "Required value"));
        }

        foreach (var (name, value) in json)
        {
            if (schema.Property(name) is { } property)
            {
                Check(property, value, Join(path, name), errors);
            }
        }
    }

    private static void CheckArray(StructuralSchema schema, JsonArray array, string path, List<FieldError> errors)
    {
        if (array.Count < schema.MinItems)
        {
            errors.Add(new FieldError(path, FieldErrorKind.Invalid, $"Invalid value: {array.Count}: {path} in body should have at least {schema.MinItems} items"));
        }

        if (array.Count > schema.MaxItems)
        {
            errors.Add(new FieldError(path, FieldErrorKind.Invalid, $"Too many: {array.Count}: must have at most {schema.MaxItems} items"));
        }

        for (var i = 0; i < array.Count && schema.Items is not null; i++)
        {
            Check(schema.Items, array[i], $"{path}[{i}]", errors);
        }
    }

    private static void CheckScalar(StructuralSchema schema, JsonNode node, string path, List<FieldError> errors)
    {
        var text = node.ToString();
        if (schema.Enum is { } allowed && !allowed.Contains(text))
        {
            errors.Add(new FieldError(
                path, FieldErrorKind.NotSupported, $"Unsupported value: \"{text}\": supported values: {string.Join(", ", allowed.Select(value => $"\"{value}\""))}"));
        }

        if (schema.Pattern is { } pattern && !Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant, PatternLimit))
        {
            errors.Add(new FieldError(path, FieldErrorKind.Invalid, $"Invalid value: \"{text}\": {path} in body should match '{pattern}'"));
        }

        if (node.GetValueKind() == JsonValueKind.Number)
        {
            CheckRange(schema, JsonNumber.Of(node), path, errors);
        }
        else if (node.GetValueKind() == JsonValueKind.String)
        {
            CheckLength(schema, text, path, errors);
        }
    }

    private static void CheckRange(StructuralSchema schema, double number, string path, List<FieldError> errors)
    {
        if (number < schema.Minimum)
        {
            errors.Add(Out(path, number, "greater than or equal to", schema.Minimum.Value));
        }

        if (number > schema.Maximum)
        {
            errors.Add(Out(path, number, "less than or equal to", schema.Maximum.Value));
        }
    }

    private static FieldError Out(string path, double number, string relation, double bound) => new(
        path,
        FieldErrorKind.Invalid,
        string.Create(CultureInfo.InvariantCulture, $"Invalid value: {number}: {path} in body should be {relation} {bound}"));

    private static void CheckLength(StructuralSchema schema, string text, string path, List<FieldError> errors)
    {
        if (text.Length < schema.MinLength)
        {
            errors.Add(new FieldError(path, FieldErrorKind.Invalid, $"Invalid value: \"{text}\": {path} in body should be at least {schema.MinLength} chars long"));
        }

        if (text.Length > schema.MaxLength)
        {
            errors.Add(new FieldError(path, FieldErrorKind.Invalid, $"Too long: may not be longer than {schema.MaxLength}"));
        }
    }

    private static bool HasType(SchemaType type, JsonNode node)
    {
        var kind = node.GetValueKind();
        return type switch
        {
            SchemaType.Object => kind == JsonValueKind.Object,
            SchemaType.Array => kind == JsonValueKind.Array,
            SchemaType.String => kind == JsonValueKind.String,
            SchemaType.Boolean => kind is JsonValueKind.True or JsonValueKind.False,
            SchemaType.Number => kind == JsonValueKind.Number,
            SchemaType.Integer => kind == JsonValueKind.Number && double.IsInteger(JsonNumber.Of(node)),
            SchemaType.IntOrString => kind == JsonValueKind.String || (kind == JsonValueKind.Number && double.IsInteger(JsonNumber.Of(node))),
            _ => true,
        };
    }

    private static string NameOf(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => double.IsInteger(JsonNumber.Of(node)) ? "integer" : "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => "null",
    };

    private static string WordFor(SchemaType type) => type == SchemaType.IntOrString ? "integer,string" : type.ToString().ToLowerInvariant();

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
