using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Inspection;

/// <summary>Where what a proxy has differs from what the control plane wants it to have.</summary>
internal static class DumpComparison
{
    /// <summary>A line for each resource that only one side has or that differs.</summary>
    public static IEnumerable<string> Differences(ConfigDump wanted, ConfigDump had) =>
        Of("CDS", wanted.Clusters, had.Clusters)
            .Concat(Of("LDS", wanted.Listeners, had.Listeners))
            .Concat(Of("RDS", wanted.Routes, had.Routes))
            .Concat(Of("EDS", wanted.Endpoints, had.Endpoints));

    private static IEnumerable<string> Of(string type, IReadOnlyList<JsonObject> wanted, IReadOnlyList<JsonObject> had)
    {
        var there = had.ToDictionary(NameOf, StringComparer.Ordinal);
        foreach (var item in wanted)
        {
            if (!there.Remove(NameOf(item), out var own))
            {
                yield return $"{type} {NameOf(item)}: the proxy does not have it";
            }
            else if (!JsonNode.DeepEquals(item, own))
            {
                yield return $"{type} {NameOf(item)}: differs at {FirstDifference(item, own, "")}";
            }
        }

        foreach (var name in there.Keys)
        {
            yield return $"{type} {name}: the proxy still has it";
        }
    }

    private static string FirstDifference(JsonNode? left, JsonNode? right, string path)
    {
        if (left is JsonObject one && right is JsonObject other)
        {
            var field = one.Select(pair => pair.Key).Union(other.Select(pair => pair.Key)).First(name => !JsonNode.DeepEquals(one[name], other[name]));
            return FirstDifference(one[field], other[field], path.Length == 0 ? field : $"{path}.{field}");
        }

        if (left is JsonArray items && right is JsonArray others && items.Count == others.Count)
        {
            var index = Enumerable.Range(0, items.Count).First(i => !JsonNode.DeepEquals(items[i], others[i]));
            return FirstDifference(items[index], others[index], $"{path}[{index}]");
        }

        return $"{path}: wanted {Short(left)}, has {Short(right)}";
    }

    private static string Short(JsonNode? node)
    {
        const int Longest = 80;
        var text = node?.ToJsonString() ?? "nothing";
        return text.Length <= Longest ? text : text[..Longest] + "…";
    }

    private static string NameOf(JsonObject item) => item.Text("name") is { Length: > 0 } name ? name : item.Text("cluster_name");
}
