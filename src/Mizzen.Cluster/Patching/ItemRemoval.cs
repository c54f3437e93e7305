using System.Text.Json.Nodes;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Patching;

/// <summary>An object without the fields of a set; a member takes everything below it along.</summary>
internal static class ItemRemoval
{
    public static JsonObject From(StructuralSchema schema, JsonObject json, FieldSet gone) => Fields(schema, json, gone) ?? [];

    // Null when nothing is left: an emptied map or list goes as well.
    private static JsonNode? Value(StructuralSchema schema, JsonNode? value, FieldSet gone) =>
        gone.IsEmpty || value is JsonObject { Count: 0 } or JsonArray { Count: 0 } ? value?.DeepClone()
        : FieldShapes.Of(schema, value) switch
        {
            FieldShape.Fields => Fields(schema, (JsonObject)value!, gone),
            FieldShape.Items => Items(schema, (JsonArray)value!, gone),
            _ => value?.DeepClone(),
        };

    private static JsonObject? Fields(StructuralSchema schema, JsonObject json, FieldSet gone)
    {
        var kept = new JsonObject();
        foreach (var (name, value) in json)
        {
            var below = gone.Child(PathElement.Field(name));
            if (!below.IsMember && Value(FieldShapes.Field(schema, name), value, below) is { } rest)
            {
                kept[name] = rest;
            }
        }

        return kept.Count > 0 ? kept : null;
    }

    private static JsonArray? Items(StructuralSchema schema, JsonArray array, FieldSet gone)
    {
        var kept = new JsonArray();
        foreach (var item in array)
        {
            var below = PathElement.Item(schema, item) is { } element ? gone.Child(element) : FieldSet.Empty;
            if (!below.IsMember && Value(FieldShapes.Items(schema), item, below) is { } rest)
            {
                kept.Add(rest);
            }
        }

        return kept.Count > 0 ? kept : null;
    }
}
