using System.Text.Json.Nodes;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Patching;

/// <summary>How a strategic merge patch merges one list: items are told apart by the merge key, or by their value.</summary>
internal sealed class StrategicList(StructuralSchema schema)
{
    private readonly StructuralSchema _items = schema.Items ?? StructuralSchema.FreeForm;
    private readonly string? _key = schema.PatchMergeKey;

    /// <summary>The merged list.</summary>
    /// <param name="server">The items as they are.</param>
    /// <param name="patch">The items of the patch, directives among them.</param>
    /// <param name="deleted">The values to take out of a list of plain values.</param>
    /// <param name="order">The order that the patch wants (items with nothing but their key); null for the order of the patch.</param>
    public JsonArray Merge(JsonArray server, JsonArray patch, JsonArray? deleted, JsonArray? order)
    {
        var changes = patch.Where(item => !IsDirective(item)).ToList();
        if (patch.Any(item => IsDirective(item) && DirectiveOf(item) == "replace"))
        {
            return new JsonArray([.. changes.Select(item => item?.DeepClone())]);
        }

        var gone = patch.Where(item => DirectiveOf(item) == "delete").Concat(deleted ?? []).Select(IdentityOf).ToHashSet(StringComparer.Ordinal);
        var merged = Merge(server.Where(item => !gone.Contains(IdentityOf(item))), changes.Where(item => DirectiveOf(item) is null));
        return Order(merged, Positions(order?.AsEnumerable() ?? changes), Positions(server));
    }

    private List<(string Identity, JsonNode? Item)> Merge(IEnumerable<JsonNode?> server, IEnumerable<JsonNode?> changes)
    {
        var merged = server.Select(item => (Identity: IdentityOf(item), Item: item)).ToList();
        foreach (var change in changes)
        {
            var identity = IdentityOf(change);
            var at = merged.FindIndex(item => item.Identity == identity);
            if (at < 0)
            {
                merged.Add((identity, change is JsonObject added ? StrategicMergePatch.Merge([], added, _items) : change));
            }
            else if (change is JsonObject json && merged[at].Item is JsonObject old)
            {
                merged[at] = (identity, StrategicMergePatch.Merge((JsonObject)old.DeepClone(), json, _items));
            }
        }

        return merged;
    }

    // Items that the patch names stand in the patch's order; the others keep their place relative to those that the server had.
    private static JsonArray Order(
        List<(string Identity, JsonNode? Item)> merged, Dictionary<string, int> wanted, Dictionary<string, int> server)
    {
        var named = new Queue<(string Identity, JsonNode? Item)>(
            merged.Where(item => wanted.ContainsKey(item.Identity)).OrderBy(item => wanted[item.Identity]));
        var others = new Queue<(string Identity, JsonNode? Item)>(merged.Where(item => !wanted.ContainsKey(item.Identity)));
        var result = new JsonArray();
        while (named.Count + others.Count > 0)
        {
            var next = named.Count == 0 || (others.Count > 0 && Before(others.Peek().Identity, named.Peek().Identity, server)) ? others : named;
            result.Add(next.Dequeue().Item?.DeepClone());
        }

        return result;
    }

    private static bool Before(string other, string named, Dictionary<string, int> server) =>
        server.TryGetValue(other, out var left) && server.TryGetValue(named, out var right) && left < right;

    private Dictionary<string, int> Positions(IEnumerable<JsonNode?> items)
    {
        var positions = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            positions.TryAdd(IdentityOf(item), positions.Count);
        }

        return positions;
    }

    private string IdentityOf(JsonNode? item) => item switch
    {
        JsonObject json when _key is not null => json[_key]?.ToJsonString()
            ?? throw PatchException.Malformed($"map: {json.ToJsonString()} does not contain declared merge key: {_key}"),
        _ => item?.ToJsonString() ?? "null",
    };

    private bool IsDirective(JsonNode? item) =>
        item is JsonObject json && json.ContainsKey(StrategicMergePatch.Directive) && (_key is null || !json.ContainsKey(_key));

    private static string? DirectiveOf(JsonNode? item) => item is JsonObject json ? StrategicMergePatch.DirectiveOf(json) : null;
}
