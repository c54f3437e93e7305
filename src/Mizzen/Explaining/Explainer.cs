using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.Inspection;
using Mizzen.Resources.Reading;

namespace Mizzen.Explaining;

/// <summary>Puts what the proxy program decided and what the dump says together.</summary>
internal sealed class Explainer(ConfigDump dump, RuleFinder rules)
{
    private const string HttpManager = "envoy.filters.network.http_connection_manager";

    /// <summary>The way of one request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="from">The client, in words.</param>
    /// <param name="destination">Where it connects.</param>
    /// <param name="answer">What the proxy program said.</param>
    public Explanation Explain(RequestToExplain request, string from, Destination destination, JsonObject answer)
    {
        var listener = dump.Listeners.FirstOrDefault(each => each.Text("name") == answer.Text("listener"));
        var chain = Chain(listener, answer);
        var explanation = new Explanation
        {
            Request = request.ToString(),
            From = from,
            Destination = destination,
            Listener = answer.Text("listener"),
            Chain = ChainText(chain, answer),
            End = answer.Text("end"),
            RouteConfiguration = answer.Text("routeConfiguration"),
            VirtualHost = answer.Text("virtualHost"),
            Filters = FilterNames(chain),
        };
        return answer["clusters"] is JsonArray clusters
            ? explanation with { Target = string.Join(", ", clusters.Texts().Select(RouteWords.ClusterText)), Clusters = [.. clusters.Texts().Select(name => Cluster(name, 100.0 / clusters.Count))] }
            : WithRoute(explanation, chain, answer);
    }

    private Explanation WithRoute(Explanation explanation, JsonObject? chain, JsonObject answer)
    {
        var routes = VirtualHost(chain, answer)?["routes"].Objects().ToList() ?? [];
        var mismatches = answer["mismatches"].Texts().ToList();
        var passed = mismatches.Select((reason, i) => (RuleText(routes, i), reason)).ToList();
        if (answer.Number("route") is not { } index || index >= routes.Count)
        {
            return explanation with { Passed = passed };
        }

        var route = routes[index];
        return explanation with
        {
            Passed = passed,
            Rule = RuleText(routes, index),
            Target = RouteWords.Target(route),
            Settings = [.. RouteWords.Settings(route, withDefaults: true)],
            Clusters = [.. RouteWords.Clusters(route).Select(entry => Cluster(entry.Cluster, entry.Share))],
        };
    }

    private string RuleText(List<JsonObject> routes, int index)
    {
        var route = index < routes.Count ? routes[index] : [];
        var name = route.Text("name");
        return rules.Of(route) is { } rule ? rule + (name.Length == 0 ? "" : $" '{name}'")
            : string.Create(CultureInfo.InvariantCulture, $"{(name.Length == 0 ? $"route {index + 1}" : $"route '{name}'")} ({RouteTable.Match(route["match"])})");
    }

    private static JsonObject? Chain(JsonObject? listener, JsonObject answer)
    {
        if (listener is null || answer.Number("chain") is not { } index || index < 0)
        {
            return null;
        }

        return answer.Text("isDefaultChain") == "true" ? listener["default_filter_chain"] as JsonObject : listener["filter_chains"].Objects().ElementAtOrDefault(index);
    }

    private static string ChainText(JsonObject? chain, JsonObject answer) =>
        chain is null ? "" : answer.Text("isDefaultChain") == "true" ? "default filter chain"
        : chain.Text("name") is { Length: > 0 } name ? $"filter chain {name}"
        : string.Create(CultureInfo.InvariantCulture, $"filter chain {(answer.Number("chain") ?? 0) + 1}");

    private JsonObject? VirtualHost(JsonObject? chain, JsonObject answer)
    {
        var inline = chain?["filters"].Objects().FirstOrDefault(filter => filter.Text("name") == HttpManager).At("typed_config", "route_config") as JsonObject;
        var configuration = inline ?? dump.Routes.FirstOrDefault(routes => routes.Text("name") == answer.Text("routeConfiguration"));
        return configuration?["virtual_hosts"].Objects().FirstOrDefault(host => host.Text("name") == answer.Text("virtualHost"));
    }

    private static List<string> FilterNames(JsonObject? chain)
    {
        var filters = chain?["filters"].Objects().ToList() ?? [];
        var http = filters.Find(filter => filter.Text("name") == HttpManager);
        return [.. (http is null ? filters : [.. http.At("typed_config", "http_filters").Objects()]).Select(filter => filter.Text("name").Replace("envoy.filters.http.", "", StringComparison.Ordinal).Replace("envoy.filters.network.", "", StringComparison.Ordinal))];
    }

    private ExplainedCluster Cluster(string name, double share)
    {
        var cluster = dump.Clusters.FirstOrDefault(each => each.Text("name") == name);
        var inline = cluster?["load_assignment"] as JsonObject;
        var assignment = inline ?? dump.Endpoints.FirstOrDefault(each => each.Text("cluster_name") == name);
        var rule = Origins.KindAndName(cluster);
        return new ExplainedCluster(name, share, cluster is not null, ClusterWords.Policy(cluster), rule, [.. ClusterWords.Endpoints(assignment)]);
    }
}
