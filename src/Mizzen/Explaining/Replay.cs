using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.Inspection;
using Mizzen.Resources.Reading;

namespace Mizzen.Explaining;

/// <summary>What would have become of the requests that a proxy has sent.</summary>
internal static class Replay
{
    /// <summary>Compares both configurations for each request; requests that differ in nothing that the log tells are asked about once.</summary>
    /// <param name="requests">What the log tells.</param>
    /// <param name="before">The configuration now.</param>
    /// <param name="after">The configuration as it would be.</param>
    /// <param name="cancellationToken">Ends the questions.</param>
    public static async Task<IReadOnlyList<ReplayedRequests>> CompareAsync(
        IReadOnlyList<LoggedRequest> requests, ConfigDump before, ConfigDump after, CancellationToken cancellationToken)
    {
        var groups = requests.Where(request => System.Net.IPEndPoint.TryParse(request.Destination, out _))
            .GroupBy(request => request with { Cluster = "" }).Select(group => (Request: group.Key, Count: group.Count())).ToList();
        if (groups.Count == 0)
        {
            return [];
        }

        var questions = groups.Select(group => Question(group.Request)).ToList();
        var (old, now) = (await OfflineProxy.AskAsync(before.ToJson(), questions, cancellationToken), await OfflineProxy.AskAsync(after.ToJson(), questions, cancellationToken));
        return
        [
            .. groups.Select((group, i) => (group.Count, Before: Outcome(before, old[i]), After: Outcome(after, now[i])))
                .Where(row => row.Before.Text != row.After.Text)
                .GroupBy(row => (row.Before.Text, After: row.After.Text, row.After.Fails))
                .Select(group => new ReplayedRequests(group.Sum(row => row.Count), group.Key.Text, group.Key.After, group.Key.Fails)),
        ];
    }

    private static JsonObject Question(LoggedRequest request) => new()
    {
        ["destination"] = request.Destination,
        ["method"] = request.Method,
        ["path"] = request.Path,
        ["authority"] = request.Authority,
    };

    private static (string Text, bool Fails) Outcome(ConfigDump dump, JsonObject answer)
    {
        if (answer.Text("end") is { Length: > 0 } end)
        {
            return (end, true);
        }

        if (answer["clusters"] is JsonArray clusters)
        {
            return (string.Join(", ", clusters.Texts().Select(RouteWords.ClusterText)), false);
        }

        var route = dump.Routes.Where(routes => routes.Text("name") == answer.Text("routeConfiguration")).SelectMany(routes => routes["virtual_hosts"].Objects())
            .FirstOrDefault(host => host.Text("name") == answer.Text("virtualHost"))?["routes"].Objects().ElementAtOrDefault(answer.Number("route") ?? 0);
        var missing = RouteWords.Clusters(route).Where(entry => entry.Share > 0 && !IsServed(dump, entry.Cluster)).ToList();
        var text = RouteWords.Target(route) + (missing.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" (503 for {missing.Sum(entry => entry.Share):0.##} %)"));
        return (text, missing.Count > 0 || route.Number("direct_response", "status") >= 400);
    }

    private static bool IsServed(ConfigDump dump, string name)
    {
        var cluster = dump.Clusters.FirstOrDefault(each => each.Text("name") == name);
        return cluster is not null && (cluster.Text("type") != "EDS" || ClusterWords.Endpoints(dump.Endpoints.FirstOrDefault(each => each.Text("cluster_name") == name)).Any());
    }
}

/// <summary>Requests that would have gone elsewhere.</summary>
/// <param name="Count">How many.</param>
/// <param name="Before">Where they went.</param>
/// <param name="After">Where they would have gone.</param>
/// <param name="Fails">Whether some or all of them would have failed.</param>
internal sealed record ReplayedRequests(int Count, string Before, string After, bool Fails);
