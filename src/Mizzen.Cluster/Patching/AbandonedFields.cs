using System.Text.Json.Nodes;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Patching;

/// <summary>Takes out what a manager applied before and no longer applies, unless somebody else owns it.</summary>
internal sealed class AbandonedFields(StructuralSchema schema, Ownership ownership)
{
    /// <param name="merged">The live object with the new configuration laid over it.</param>
    /// <param name="last">What the manager owned until now.</param>
    public JsonObject RemoveFrom(JsonObject merged, FieldSet last)
    {
        if (last.IsEmpty)
        {
            return merged;
        }

        var lastNamed = WithNamedFields(schema, last);
        var all = WithNamedFields(schema, FieldSetOf.Value(schema, merged));
        var pruned = ItemRemoval.From(schema, merged, lastNamed);

        // Removing a field took along what lies below it: bring back what has an owner.
        var owned = ownership.Entries.Aggregate(FieldSet.Empty, (union, entry) => union.Union(entry.Fields));
        var kept = Remaining(pruned).Union(WithNamedFields(schema, owned));
        pruned = ItemRemoval.From(schema, merged, all.Difference(kept));

        // And what has no owner, but was never this manager's to remove.
        return ItemRemoval.From(schema, merged, all.Difference(Remaining(pruned)).Intersection(lastNamed));
    }

    private FieldSet Remaining(JsonObject json) => WithNamedFields(schema, FieldSetOf.Value(schema, json));

    // A field that the schema names belongs to the set as soon as something below it does; keys of maps only when they are set themselves.
    private static FieldSet WithNamedFields(StructuralSchema schema, FieldSet set)
    {
        var members = new FieldSet.Builder { IsMember = set.IsMember };
        foreach (var (element, child) in set.Children)
        {
            var name = PathElement.FieldName(element);
            var below = name is null ? FieldShapes.Items(schema) : FieldShapes.Field(schema, name);
            members.Add(element, WithNamedFields(below, child));
            if (name is not null && schema.Properties.ContainsKey(name))
            {
                members.Add(element, FieldSet.Leaf);
            }
        }

        return members.Build();
    }
}
