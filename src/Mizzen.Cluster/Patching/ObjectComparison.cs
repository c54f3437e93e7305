using System.Text.Json.Nodes;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Patching;

/// <summary>What differs between two states of an object, by field.</summary>
internal sealed record ObjectComparison(FieldSet Added, FieldSet Modified, FieldSet Removed)
{
    private static readonly ObjectComparison Same = new(FieldSet.Empty, FieldSet.Empty, FieldSet.Empty);

    public bool IsSame => Added.IsEmpty && Modified.IsEmpty && Removed.IsEmpty;

    /// <summary>The fields that the second state brings or changes.</summary>
    public FieldSet Changed => Modified.Union(Added);

    public static ObjectComparison Of(StructuralSchema schema, JsonNode? before, JsonNode? after)
    {
        if (before is null && after is null)
        {
            return Same;
        }

        if (before is null)
        {
            return Same with { Added = All(schema, after) };
        }

        if (after is null)
        {
            return Same with { Removed = All(schema, before) };
        }

        return OfBoth(schema, before, after);
    }

    private static ObjectComparison OfBoth(StructuralSchema schema, JsonNode before, JsonNode after)
    {
        var (old, now) = (FieldShapes.Of(schema, before), FieldShapes.Of(schema, after));
        if (old != now)
        {
            return new ObjectComparison(All(schema, after), FieldSet.Empty, All(schema, before));
        }

        return now switch
        {
            FieldShape.Fields => OfFields(schema, (JsonObject)before, (JsonObject)after),
            FieldShape.Items => OfItems(schema, (JsonArray)before, (JsonArray)after),
            _ => JsonNode.DeepEquals(before, after) ? Same : Same with { Modified = FieldSet.Leaf },
        };
    }

    private static ObjectComparison OfFields(StructuralSchema schema, JsonObject before, JsonObject after)
    {
        var difference = new Builder();
        foreach (var (name, value) in after)
        {
            difference.Add(PathElement.Field(name), Of(FieldShapes.Field(schema, name), before[name], value));
        }

        foreach (var (name, value) in before)
        {
            if (after[name] is null)
            {
                difference.Add(PathElement.Field(name), Of(FieldShapes.Field(schema, name), value, null));
            }
        }

        return difference.Build();
    }

    private static ObjectComparison OfItems(StructuralSchema schema, JsonArray before, JsonArray after)
    {
        var (old, now) = (ByElement(schema, before), ByElement(schema, after));
        var difference = new Builder();
        foreach (var (element, items) in now)
        {
            difference.Add(element, OfSameKey(FieldShapes.Items(schema), old.GetValueOrDefault(element, []), items));
        }

        foreach (var (element, items) in old.Where(items => !now.ContainsKey(items.Key)))
        {
            difference.Add(element, OfSameKey(FieldShapes.Items(schema), items, []));
        }

        return difference.Build();
    }

    // Items whose key stands twice have no fields of their own: they are compared and owned together.
    private static ObjectComparison OfSameKey(StructuralSchema schema, List<JsonNode?> before, List<JsonNode?> after)
    {
        if (before.Count <= 1 && after.Count <= 1)
        {
            return Of(schema, before.FirstOrDefault(), after.FirstOrDefault());
        }

        var same = before.Count == after.Count && before.Zip(after).All(pair => JsonNode.DeepEquals(pair.First, pair.Second));
        return same ? Same
            : after.Count == 0 ? Same with { Removed = FieldSet.Leaf }
            : before.Count == 0 ? Same with { Added = FieldSet.Leaf }
            : Same with { Modified = FieldSet.Leaf };
    }

    private static Dictionary<string, List<JsonNode?>> ByElement(StructuralSchema schema, JsonArray array)
    {
        var items = new Dictionary<string, List<JsonNode?>>(array.Count, StringComparer.Ordinal);
        foreach (var item in array)
        {
            // Ordinary writes may store items without keys; nobody can own those.
            if (PathElement.Item(schema, item) is { } element)
            {
                (items.TryGetValue(element, out var list) ? list : items[element] = []).Add(item);
            }
        }

        return items;
    }

    // The value and everything in it: what comes or goes is owned at every level.
    private static FieldSet All(StructuralSchema schema, JsonNode? value)
    {
        var set = new FieldSet.Builder { IsMember = true };
        switch (FieldShapes.Of(schema, value))
        {
            case FieldShape.Fields:
                foreach (var (name, field) in (JsonObject)value!)
                {
                    if (field is not null)
                    {
                        set.Add(PathElement.Field(name), All(FieldShapes.Field(schema, name), field));
                    }
                }

                break;
            case FieldShape.Items:
                foreach (var (element, items) in ByElement(schema, (JsonArray)value!))
                {
                    set.Add(element, items.Count == 1 ? All(FieldShapes.Items(schema), items[0]) : FieldSet.Leaf);
                }

                break;
        }

        return set.Build();
    }

    private sealed class Builder
    {
        private readonly FieldSet.Builder _added = new();
        private readonly FieldSet.Builder _modified = new();
        private readonly FieldSet.Builder _removed = new();

        public void Add(string element, ObjectComparison difference)
        {
            _added.Add(element, difference.Added);
            _modified.Add(element, difference.Modified);
            _removed.Add(element, difference.Removed);
        }

        public ObjectComparison Build() => new(_added.Build(), _modified.Build(), _removed.Build());
    }
}
