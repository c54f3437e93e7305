using System.Text.Json.Nodes;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Patching;

/// <summary>How ownership sees a value: as one thing, as fields of their own, or as items of their own.</summary>
internal enum FieldShape
{
    /// <summary>Owned as a whole: scalars, atomic lists and maps.</summary>
    Leaf,

    /// <summary>Owned field by field.</summary>
    Fields,

    /// <summary>Owned item by item.</summary>
    Items,
}

/// <summary>Reads the shape of values off a schema; what the schema leaves open follows the value.</summary>
internal static class FieldShapes
{
    private static readonly StructuralSchema Metadata = SchemaGenerator.For(typeof(ObjectMeta));

    public static FieldShape Of(StructuralSchema schema, JsonNode? value) => value switch
    {
        JsonObject when schema.Type is SchemaType.Object or SchemaType.Any && !schema.AtomicMap => FieldShape.Fields,
        JsonArray when schema.Type == SchemaType.Array && schema.ListType != ListType.Atomic => FieldShape.Items,
        _ => FieldShape.Leaf,
    };

    public static StructuralSchema Field(StructuralSchema schema, string name) => schema.Property(name) ?? StructuralSchema.FreeForm;

    public static StructuralSchema Items(StructuralSchema schema) => schema.Items ?? StructuralSchema.FreeForm;

    /// <summary>The schema of a whole object. CustomResourceDefinitions say nothing of metadata, because the server knows it by itself.</summary>
    public static StructuralSchema OfObject(StructuralSchema schema)
    {
        if (schema.Properties.TryGetValue("metadata", out var metadata) && metadata.Properties.Count > 0)
        {
            return schema;
        }

        return new StructuralSchema
        {
            Type = SchemaType.Object,
            PreserveUnknownFields = schema.PreserveUnknownFields,
            Properties = new Dictionary<string, StructuralSchema>(schema.Properties) { ["metadata"] = Metadata },
            AdditionalProperties = schema.AdditionalProperties,
        };
    }
}
