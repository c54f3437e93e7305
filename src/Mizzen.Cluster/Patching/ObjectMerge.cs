using System.Text.Json.Nodes;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Patching;

/// <summary>An applied object laid over the live one: applied values win, associative lists are joined item by item.</summary>
internal static class ObjectMerge
{
    public static JsonNode? Values(StructuralSchema schema, JsonNode? live, JsonNode? applied)
    {
        if (live is null || applied is null)
        {
            return (applied ?? live)?.DeepClone();
        }

        return (FieldShapes.Of(schema, live), FieldShapes.Of(schema, applied)) switch
        {
            (FieldShape.Fields, FieldShape.Fields) => Fields(schema, (JsonObject)live, (JsonObject)applied),
            (FieldShape.Items, FieldShape.Items) => Items(schema, (JsonArray)live, (JsonArray)applied),
            _ => applied.DeepClone(),
        };
    }

    private static JsonObject Fields(StructuralSchema schema, JsonObject live, JsonObject applied)
    {
        var merged = new JsonObject();
        foreach (var (name, value) in live)
        {
            if (!applied.TryGetPropertyValue(name, out var wanted))
            {
                merged[name] = value?.DeepClone();
            }
            else if (wanted is not null)
            {
                merged[name] = Values(FieldShapes.Field(schema, name), value, wanted);
            }
        }

        foreach (var (name, value) in applied)
        {
            if (value is not null && !live.ContainsKey(name))
            {
                merged[name] = value.DeepClone();
            }
        }

        return merged;
    }

    // The applied order wins; items that only the live list has stay before the shared item that they stood before.
    private static JsonArray Items(StructuralSchema schema, JsonArray live, JsonArray applied)
    {
        var old = live.Select((item, i) => (Element: PathElement.Item(schema, item) ?? $"i:{i}", Item: item)).ToList();
        var wanted = applied.Select(item => (Element: FieldSetOf.Element(schema, item), Item: item)).ToList();
        var wantedElements = wanted.Select(item => item.Element).ToHashSet(StringComparer.Ordinal);
        var liveItems = old.GroupBy(item => item.Element).ToDictionary(items => items.Key, items => items.First().Item, StringComparer.Ordinal);
        var shared = new Queue<string>(wanted.Select(item => item.Element).Where(liveItems.ContainsKey));
        var merged = new JsonArray();
        var next = 0;
        foreach (var (element, item) in wanted)
        {
            for (; next < old.Count && old[next].Element != shared.FirstOrDefault(); next++)
            {
                AddUnlessWanted(old[next]);
            }

            merged.Add(Values(FieldShapes.Items(schema), liveItems.GetValueOrDefault(element), item));
            if (shared.FirstOrDefault() == element)
            {
                shared.Dequeue();
                next += next < old.Count ? 1 : 0;
            }
        }

        for (; next < old.Count; next++)
        {
            AddUnlessWanted(old[next]);
        }

        return merged;

        void AddUnlessWanted((string Element, JsonNode? Item) item)
        {
            if (!wantedElements.Contains(item.Element))
            {
                merged.Add(item.Item?.DeepClone());
            }
        }
    }
}
