using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mizzen.Resources.Schema;

/// <summary>
/// Why an object of a built-in kind cannot be read at all, in the words of Kubernetes, which reads it into Go types:
/// <c>json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32</c>.
/// </summary>
public static class DecodingError
{
    /// <summary>The first value of another type than the schema's, or null when every value fits.</summary>
    /// <param name="schema">The schema of a built-in kind, whose parts carry the names of their types.</param>
    /// <param name="node">The object as it was sent.</param>
    public static string? Find(StructuralSchema schema, JsonNode? node) => Find(schema, node, TypeNameOf(schema), "");

    private static string? Find(StructuralSchema schema, JsonNode? node, string owner, string path) => node switch
    {
        null => null,
        _ when !SchemaValidation.HasType(schema, node) =>
            $"json: cannot unmarshal {WordFor(node)} into Go struct field {owner}{path} of type {GoTypeOf(schema)}",
        JsonObject json => json
            .Select(member => schema.Property(member.Key) is { } field
                ? Find(field, member.Value, schema.Definition is null ? owner : TypeNameOf(schema), $"{path}.{member.Key}")
                : schema.AdditionalProperties is { } values ? Find(values, member.Value, owner, path) : null)
            .FirstOrDefault(error => error is not null),
        JsonArray array when schema.Items is { } items => array
            .Select(item => Find(items, item, owner, path))
            .FirstOrDefault(error => error is not null),
        _ => null,
    };

    private static string WordFor(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => $"number {node.ToJsonString()}",
        _ => "bool",
    };

    private static string GoTypeOf(StructuralSchema schema) => schema.Type switch
    {
        SchemaType.String when schema.Format == "date-time" => "v1.Time",
        SchemaType.String => "string",
        SchemaType.Boolean => "bool",
        SchemaType.Integer => schema.Format ?? "int64",
        SchemaType.Number => "float64",
        SchemaType.IntOrString => schema.Format == StructuralSchema.QuantityFormat ? "resource.Quantity" : "intstr.IntOrString",
        SchemaType.Array => "[]" + (schema.Items is { } items ? GoTypeOf(items) : "interface {}"),
        SchemaType.Object when schema.Definition is { } => PackageOf(schema) + TypeNameOf(schema),
        SchemaType.Object => "map[string]" + (schema.AdditionalProperties is { } values ? GoTypeOf(values) : "interface {}"),
        _ => "interface {}",
    };

    private static string TypeNameOf(StructuralSchema schema) => schema.Definition is { } name ? name[(name.LastIndexOf('.') + 1)..] : "";

    private static string PackageOf(StructuralSchema schema)
    {
        var parts = schema.Definition!.Split('.');
        return parts[^2] + ".";
    }
}
