using System.Text.Json.Nodes;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Expressions;

/// <summary>
/// Enforces the rules of a schema (<c>x-kubernetes-validations</c>). A value that an update leaves as it was is not judged again, and
/// a rule about <c>oldSelf</c> is asked only where there is an old value: not for new objects, and in lists only for items with keys.
/// </summary>
internal sealed class SchemaRules(ExpressionLibrary expressions)
{
    // The fields of the root that rules may look at (besides those of the schema).
    private static readonly string[] Metadata = ["name", "generateName"];

    /// <summary>Every rule that an object breaks.</summary>
    /// <param name="schema">The schema of the kind.</param>
    /// <param name="node">The object.</param>
    /// <param name="old">What it was; null for a new one.</param>
    public IReadOnlyList<FieldError> Check(StructuralSchema schema, JsonObject node, JsonObject? old)
    {
        var errors = new List<FieldError>();
        Check(schema, Visible(node), old is null ? null : Visible(old), "", errors);
        return errors;
    }

    /// <summary>Rules that are no CEL, and rules that are and cannot be enforced, each with its place in the schema.</summary>
    public IEnumerable<(string Path, ValidationRule Rule, Expression Expression)> Unusable(StructuralSchema schema, string path)
    {
        foreach (var rule in schema.Rules)
        {
            var expression = expressions.Read(rule.Rule);
            if (!expression.IsUsable || rule.OptionalOldSelf)
            {
                yield return (path, rule, expression);
            }
        }

        foreach (var found in Children(schema).SelectMany(child => Unusable(child.Schema, path + child.Path)))
        {
            yield return found;
        }
    }

    /// <summary>Whether there is anything to check.</summary>
    public static bool HasRules(StructuralSchema schema) => schema.Rules.Count > 0 || Children(schema).Any(child => HasRules(child.Schema));

    private static IEnumerable<(string Path, StructuralSchema Schema)> Children(StructuralSchema schema)
    {
        foreach (var (name, property) in schema.Properties)
        {
            yield return ($".properties[{name}]", property);
        }

        if (schema.Items is { } items)
        {
            yield return (".items", items);
        }

        if (schema.AdditionalProperties is { } values)
        {
            yield return (".additionalProperties", values);
        }
    }

    private static JsonObject Visible(JsonObject node)
    {
        var visible = (JsonObject)node.DeepClone();
        if (node["metadata"] is JsonObject metadata)
        {
            visible["metadata"] = new JsonObject(metadata.Where(field => Metadata.Contains(field.Key)).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));
        }

        return visible;
    }

    private void Check(StructuralSchema schema, JsonNode? node, JsonNode? old, string path, List<FieldError> errors)
    {
        if (node is null || (old is not null && JsonNode.DeepEquals(node, old)))
        {
            return;
        }

        CheckRules(schema, node, old, path, errors);
        if (node is JsonObject json)
        {
            foreach (var (name, value) in json)
            {
                if (schema.Property(name) is { } property)
                {
                    Check(property, value, (old as JsonObject)?[name], path.Length == 0 ? name : $"{path}.{name}", errors);
                }
            }
        }
        else if (node is JsonArray array && schema.Items is { } items)
        {
            for (var i = 0; i < array.Count; i++)
            {
                Check(items, array[i], OldItem(schema, old as JsonArray, array[i]), $"{path}[{i}]", errors);
            }
        }
    }

    private void CheckRules(StructuralSchema schema, JsonNode node, JsonNode? old, string path, List<FieldError> errors)
    {
        if (schema.Rules.Count == 0)
        {
            return;
        }

        var variables = new Dictionary<string, object?> { ["self"] = ExpressionValue.Of(schema, node) };
        if (old is not null)
        {
            variables["oldSelf"] = ExpressionValue.Of(schema, old);
        }

        errors.AddRange(schema.Rules.Select(rule => Broken(schema, rule, variables, path)).OfType<FieldError>());
    }

    private FieldError? Broken(StructuralSchema schema, ValidationRule rule, Dictionary<string, object?> variables, string path)
    {
        var expression = expressions.Read(rule.Rule);
        if (!expression.IsUsable || rule.OptionalOldSelf || (expression.Names.Contains("oldSelf") && !variables.ContainsKey("oldSelf")))
        {
            return null;
        }

        try
        {
            return expression.IsTrue(variables) ? null : RuleError(schema, rule, path, MessageOf(rule, variables));
        }
        catch (EvaluationException error)
        {
            return RuleError(schema, rule, path, $"{error.Message} evaluating rule: {rule.Message ?? rule.Rule}");
        }
    }

    private string MessageOf(ValidationRule rule, Dictionary<string, object?> variables)
    {
        if (rule.MessageExpression is { } text && expressions.Read(text) is { IsUsable: true } expression)
        {
            try
            {
                if (expression.Evaluate(variables) is string { Length: > 0 } message)
                {
                    return message;
                }
            }
            catch (EvaluationException)
            {
                // Kubernetes, too, then says what the rule has for all cases.
            }
        }

        return rule.Message ?? $"failed rule: {rule.Rule}";
    }

    // Kubernetes calls the root "<nil>", and names the type in place of a value that may be large.
    private static FieldError RuleError(StructuralSchema schema, ValidationRule rule, string path, string message)
    {
        var field = (path + rule.FieldPath).TrimStart('.');
        field = field.Length == 0 ? "<nil>" : field;
        var value = schema.Type.ToString().ToLowerInvariant();
        return rule.Reason switch
        {
            "FieldValueForbidden" => new FieldError(field, FieldErrorKind.Forbidden, $"Forbidden: {message}"),
            "FieldValueRequired" => new FieldError(field, FieldErrorKind.Required, $"Required value: {message}"),
            "FieldValueDuplicate" => new FieldError(field, FieldErrorKind.Duplicate, $"Duplicate value: \"{value}\": {message}"),
            _ => new FieldError(field, FieldErrorKind.Invalid, $"Invalid value: \"{value}\": {message}"),
        };
    }

    private static JsonNode? OldItem(StructuralSchema schema, JsonArray? old, JsonNode? item) =>
        old is not null && schema.ListType == ListType.Map
            ? old.FirstOrDefault(candidate => schema.ListMapKeys.All(key => JsonNode.DeepEquals(candidate?[key], item?[key])))
            : null;
}
