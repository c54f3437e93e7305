using System.Text.Json.Nodes;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Patching;

/// <summary>
/// Kubernetes' strategic merge patch: a merge patch that knows from the schema which lists are merged item by item, with directives
/// that delete, replace and order (sig-api-machinery, "strategic merge patch").
/// </summary>
public static class StrategicMergePatch
{
    internal const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string ElementOrder = "$setElementOrder/";
    private const string DeleteFromList = "$deleteFromPrimitiveList/";

    /// <summary>The target with the patch applied; neither argument is changed.</summary>
    /// <exception cref="PatchException">A directive is malformed (400).</exception>
    public static JsonObject Apply(JsonObject target, JsonObject patch, StructuralSchema schema) =>
        Merge((JsonObject)target.DeepClone(), patch, schema);

    internal static JsonObject Merge(JsonObject target, JsonObject patch, StructuralSchema schema)
    {
        switch (DirectiveOf(patch))
        {
            case "replace":
                return WithoutDirectives(patch);
            case "delete":
                return [];
        }

        Retain(target, patch);
        foreach (var (name, change) in patch)
        {
            if (!name.StartsWith('$'))
            {
                MergeField(target, patch, name, change, schema.Property(name) ?? StructuralSchema.FreeForm);
            }
            else if (FieldOf(name) is { } field && !patch.ContainsKey(field))
            {
                MergeField(target, patch, field, new JsonArray(), schema.Property(field) ?? StructuralSchema.FreeForm);
            }
            else if (FieldOf(name) is null && name is not (Directive or RetainKeys))
            {
                throw PatchException.Malformed($"the patch directive \"{name}\" is not known");
            }
        }

        return target;
    }

    private static void MergeField(JsonObject target, JsonObject patch, string name, JsonNode? change, StructuralSchema schema)
    {
        switch (change)
        {
            case null:
                target.Remove(name);
                break;
            case JsonObject inner:
                target[name] = target[name] is JsonObject old
                    ? Merge((JsonObject)old.DeepClone(), inner, schema)
                    : Merge([], inner, schema);
                break;
            case JsonArray items when schema.PatchMerge:
                MergeItems(target, patch, name, items, schema);
                break;
            case JsonArray items:
                ReplaceItems(target, patch, name, items);
                break;
            default:
                target[name] = change.DeepClone();
                break;
        }
    }

    private static void MergeItems(JsonObject target, JsonObject patch, string name, JsonArray items, StructuralSchema schema)
    {
        var old = target[name] as JsonArray;
        var order = patch[ElementOrder + name] as JsonArray;
        var deleted = patch[DeleteFromList + name] as JsonArray;
        if (old is null && items.Count == 0 && !patch.ContainsKey(name))
        {
            return;
        }

        target[name] = new StrategicList(schema).Merge(old ?? [], items, deleted, order);
    }

    // A list without a merge strategy is replaced, but a directive alone says nothing about its items.
    private static void ReplaceItems(JsonObject target, JsonObject patch, string name, JsonArray items)
    {
        if (patch.ContainsKey(name))
        {
            target[name] = new JsonArray([.. items.Where(item => !IsDirective(item)).Select(item => item?.DeepClone())]);
        }
    }

    private static void Retain(JsonObject target, JsonObject patch)
    {
        if (!patch.TryGetPropertyValue(RetainKeys, out var node))
        {
            return;
        }

        var kept = node is JsonArray names
            ? names.Select(name => name?.ToString() ?? "").ToHashSet(StringComparer.Ordinal)
            : throw PatchException.Malformed($"{RetainKeys} is not a list");
        if (patch.FirstOrDefault(field => !field.Key.StartsWith('$') && !kept.Contains(field.Key)) is { Key: { } stray })
        {
            throw PatchException.Malformed($"the patch changes \"{stray}\", which its {RetainKeys} does not name");
        }

        foreach (var (name, _) in target.ToList())
        {
            if (!kept.Contains(name))
            {
                target.Remove(name);
            }
        }
    }

    internal static string? DirectiveOf(JsonObject patch) => patch.TryGetPropertyValue(Directive, out var directive)
        ? directive?.ToString() switch
        {
            "replace" => "replace",
            "delete" => "delete",
            "merge" => null,
            var other => throw PatchException.Malformed($"unknown patch type \"{other}\": {patch.ToJsonString()}"),
        }
        : null;

    internal static bool IsDirective(JsonNode? item) => item is JsonObject { Count: 1 } json && json.ContainsKey(Directive);

    private static JsonObject WithoutDirectives(JsonObject patch)
    {
        var copy = (JsonObject)patch.DeepClone();
        copy.Remove(Directive);
        return copy;
    }

    private static string? FieldOf(string directive) =>
        directive.StartsWith(ElementOrder, StringComparison.Ordinal) ? directive[ElementOrder.Length..]
        : directive.StartsWith(DeleteFromList, StringComparison.Ordinal) ? directive[DeleteFromList.Length..]
        : null;
}
