using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Mizzen.Explaining;

/// <summary>A proxy that would be configured otherwise.</summary>
/// <param name="Proxy">pod.namespace.</param>
/// <param name="Changes">What would be another.</param>
/// <param name="Replayed">What would have become of its requests; null when that was not asked.</param>
internal sealed record ChangedProxy(string Proxy, IReadOnlyList<string> Changes, ReplayedLog? Replayed);

/// <summary>The requests of a proxy's access log.</summary>
/// <param name="Count">All of them.</param>
/// <param name="Moved">Those that would have gone elsewhere.</param>
internal sealed record ReplayedLog(int Count, IReadOnlyList<ReplayedRequests> Moved);

/// <summary>Writes what changes for whom; proxies with the same changes together.</summary>
internal static class ChangeText
{
    public static string Text(IReadOnlyList<ChangedProxy> proxies, IReadOnlyList<string> refused, TimeSpan? window)
    {
        var text = new StringBuilder();
        foreach (var line in refused)
        {
            text.Append(CultureInfo.InvariantCulture, $"does not count: {line}\n");
        }

        if (proxies.Count == 0)
        {
            return text.Append("No proxy would be configured otherwise.\n").ToString();
        }

        foreach (var same in proxies.GroupBy(proxy => string.Join('\n', proxy.Changes)))
        {
            text.Append(CultureInfo.InvariantCulture, $"{string.Join(", ", same.Select(proxy => proxy.Proxy))}\n");
            text.AppendJoin('\n', same.First().Changes.Select(change => "  " + change)).Append('\n');
        }

        return window is null ? text.ToString() : text.Append(ReplayText(proxies)).ToString();
    }

    public static JsonObject Json(IReadOnlyList<ChangedProxy> proxies, IReadOnlyList<string> refused) => new()
    {
        ["refused"] = new JsonArray([.. refused.Select(JsonNode (line) => line)]),
        ["proxies"] = new JsonArray([.. proxies.Select(JsonNode (proxy) => Json(proxy))]),
    };

    private static JsonObject Json(ChangedProxy proxy)
    {
        var json = new JsonObject { ["proxy"] = proxy.Proxy, ["changes"] = new JsonArray([.. proxy.Changes.Select(JsonNode (change) => change)]) };
        if (proxy.Replayed is { } log)
        {
            json["replay"] = new JsonObject
            {
                ["requests"] = log.Count,
                ["moved"] = new JsonArray(
                [
                    .. log.Moved.Select(JsonNode (moved) => new JsonObject { ["requests"] = moved.Count, ["before"] = moved.Before, ["after"] = moved.After, ["fails"] = moved.Fails }),
                ]),
            };
        }

        return json;
    }

    private static string ReplayText(IReadOnlyList<ChangedProxy> proxies)
    {
        var text = new StringBuilder();
        var all = proxies.Sum(proxy => proxy.Replayed?.Count ?? 0);
        if (all == 0)
        {
            return "\nNo access log of that time tells of a request; meshConfig.accessLogFile: /dev/stdout turns access logs on.\n";
        }

        var moved = proxies.SelectMany(proxy => (proxy.Replayed?.Moved ?? []).Select(group => (proxy.Proxy, Group: group))).ToList();
        text.Append(CultureInfo.InvariantCulture, $"\nOf {all} requests that they sent in that time, {moved.Sum(entry => entry.Group.Count)} would have gone elsewhere, {moved.Where(entry => entry.Group.Fails).Sum(entry => entry.Group.Count)} of them into failures:\n");
        foreach (var (proxy, group) in moved.OrderByDescending(entry => entry.Group.Count))
        {
            text.Append(CultureInfo.InvariantCulture, $"  {group.Count,6} of {proxy}: {group.Before}  →  {group.After}\n");
        }

        return text.ToString();
    }
}
