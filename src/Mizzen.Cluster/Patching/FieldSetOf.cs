using System.Text.Json.Nodes;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Patching;

/// <summary>The set of all fields that an object sets: what a manager owns that applies it.</summary>
internal static class FieldSetOf
{
    /// <exception cref="PatchException">An item of an associative list lacks its keys (400).</exception>
    public static FieldSet Value(StructuralSchema schema, JsonNode? value) => FieldShapes.Of(schema, value) switch
    {
        FieldShape.Fields => Fields(schema, (JsonObject)value!),
        FieldShape.Items => Items(schema, (JsonArray)value!),
        _ => FieldSet.Leaf,
    };

    private static FieldSet Fields(StructuralSchema schema, JsonObject json)
    {
        var set = new FieldSet.Builder();
        foreach (var (name, value) in json)
        {
            var element = PathElement.Field(name);
            set.Add(element, Value(FieldShapes.Field(schema, name), value));

            // A key of a map is owned itself; a field that the schema names is owned through what is in it, unless nothing is.
            if (value is null or JsonObject { Count: 0 } || !schema.Properties.ContainsKey(name))
            {
                set.Add(element, FieldSet.Leaf);
            }
        }

        return set.Build();
    }

    private static FieldSet Items(StructuralSchema schema, JsonArray array)
    {
        var set = new FieldSet.Builder();
        foreach (var items in array.GroupBy(item => Element(schema, item), StringComparer.Ordinal))
        {
            set.Add(items.Key, FieldSet.Leaf);
            if (items.Count() == 1)
            {
                set.Add(items.Key, Value(FieldShapes.Items(schema), items.First()));
            }
        }

        return set.Build();
    }

    internal static string Element(StructuralSchema schema, JsonNode? item) => PathElement.Item(schema, item)
        ?? throw PatchException.Malformed(
            item is JsonObject
                ? $"associative list with keys has an element that omits key field \"{schema.ListMapKeys[0]}\" (and doesn't have default value)"
                : "associative list with keys may not have non-map elements");
}
