using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.Inspection;
using Mizzen.Resources.Reading;

namespace Mizzen.Explaining;

/// <summary>What a proxy does, as a list of statements that can be compared: what a statement is about, and what it says.</summary>
internal static class ProxyFacts
{
    private const string HttpManager = "envoy.filters.network.http_connection_manager";
    private const string Rbac = "rbac";

    /// <summary>Statements by what they are about.</summary>
    public static SortedDictionary<string, string> Of(ConfigDump dump)
    {
        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var clusters = dump.Clusters.Select(cluster => cluster.Text("name")).ToHashSet(StringComparer.Ordinal);
        foreach (var configuration in dump.Routes)
        {
            AddRoutes(configuration, clusters, facts);
        }

        foreach (var cluster in dump.Clusters)
        {
            facts[$"connections to {RouteWords.ClusterText(cluster.Text("name"))}"] = ClusterWords.Policy(cluster) + Without(cluster, dump);
        }

        foreach (var listener in dump.Listeners)
        {
            AddListener(listener, facts);
        }

        return facts;
    }

    /// <summary>A line for each statement that is another: what it is about, what it said and what it says.</summary>
    public static IEnumerable<string> Changes(SortedDictionary<string, string> before, SortedDictionary<string, string> after)
    {
        foreach (var about in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal))
        {
            var (old, now) = (before.GetValueOrDefault(about), after.GetValueOrDefault(about));
            if (old is null)
            {
                yield return $"+ {about}: {now}";
            }
            else if (now is null)
            {
                yield return $"- {about}: no more ({old})";
            }
            else if (old != now)
            {
                yield return $"~ {about}: {old}  →  {now}";
            }
        }
    }

    private static void AddRoutes(JsonObject configuration, HashSet<string> clusters, SortedDictionary<string, string> facts)
    {
        foreach (var host in configuration["virtual_hosts"].Objects())
        {
            var routes = host["routes"].Objects().ToList();
            for (var i = 0; i < routes.Count; i++)
            {
                var settings = string.Concat(RouteWords.Settings(routes[i], withDefaults: false).Select(setting => $"; {setting.Name} {setting.Value}"));
                var about = $"requests to {host.Text("name")}{Conditions(routes[i]["match"])}";
                for (var n = 2; facts.ContainsKey(about); n++)
                {
                    about = string.Create(CultureInfo.InvariantCulture, $"requests to {host.Text("name")}{Conditions(routes[i]["match"])} (rule {n})");
                }

                facts[about] = RouteWords.Target(routes[i]) + Missing(routes[i], clusters) + settings;
            }
        }
    }

    private static string Missing(JsonObject route, HashSet<string> clusters) =>
        string.Concat(RouteWords.Clusters(route).Where(entry => !clusters.Contains(entry.Cluster)).Select(entry => $" (there is no {RouteWords.ClusterText(entry.Cluster)}: 503)"));

    private static string Conditions(JsonNode? match)
    {
        var path = RouteTable.Match(match).Split(" +")[0];
        var headers = match.At("headers").Objects().Select(header => $"{(header.Text("invert_match") == "true" ? "not " : "")}{header.Text("name")}{Value(header)}");
        var queries = match.At("query_parameters").Objects().Select(query => $"?{query.Text("name")}{Value(query)}");
        var all = string.Join(", ", headers.Concat(queries));
        return (path is "/*" or "*" ? "" : $" {path}") + (all.Length == 0 ? "" : $" with {all}");
    }

    private static string Value(JsonObject condition)
    {
        var text = condition["string_match"] as JsonObject;
        return text is null ? "" : $": {text.Where(field => field.Key != "ignore_case").Select(field => field.Value is JsonObject regex ? regex.Text("regex") : field.Value?.ToString()).FirstOrDefault()}";
    }

    // Only endpoints that will be missing matter here: they come and go all the time.
    private static string Without(JsonObject cluster, ConfigDump dump)
    {
        if (cluster.Text("type") != "EDS")
        {
            return "";
        }

        var name = cluster.Text("eds_cluster_config", "service_name") is { Length: > 0 } own ? own : cluster.Text("name");
        var assignment = dump.Endpoints.FirstOrDefault(each => each.Text("cluster_name") == name);
        return ClusterWords.Endpoints(assignment).Any() ? "" : ", no endpoint (503)";
    }

    private static void AddListener(JsonObject listener, SortedDictionary<string, string> facts)
    {
        var rows = ListenerTable.Rows(listener).Select(row => $"{row[2]} → {row[3]}").Distinct();
        facts[$"connections through {listener.Text("name")}"] = string.Join("; ", rows);
        var http = listener["filter_chains"].Objects().Append(listener["default_filter_chain"] as JsonObject)
            .SelectMany(chain => chain.At("filters").Objects())
            .SelectMany(filter => filter.Text("name") == HttpManager ? filter.At("typed_config", "http_filters").Objects() : [filter])
            .Where(filter => filter.Text("name").EndsWith(Rbac, StringComparison.Ordinal));
        var policies = http.SelectMany(filter => Policies(filter["typed_config"])).Distinct().Order(StringComparer.Ordinal).ToList();
        if (policies.Count > 0)
        {
            facts[$"access through {listener.Text("name")}"] = string.Join("; ", policies);
        }
    }

    private static IEnumerable<string> Policies(JsonNode? config)
    {
        var rules = config.At("rules");
        var action = rules.Text("action") is { Length: > 0 } given ? given : "ALLOW";
        var policies = rules.At("policies") as JsonObject ?? [];
        return policies.Count == 0 && rules is not null ? [$"{action} nobody"] : policies.Select(policy => $"{action} {policy.Key}: {policy.Value?.ToJsonString()}");
    }
}
