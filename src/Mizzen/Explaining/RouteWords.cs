using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.Inspection;
using Mizzen.Resources.Reading;

namespace Mizzen.Explaining;

/// <summary>What a route of a configuration dump does, in words.</summary>
internal static class RouteWords
{
    private const string Fault = "envoy.filters.http.fault";

    /// <summary>Istio's retries where nobody says anything.</summary>
    private const string DefaultRetries = "2 on connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes";

    /// <summary>Every cluster that a route may send to, with its share in percent.</summary>
    public static IReadOnlyList<(string Cluster, double Share)> Clusters(JsonNode? route)
    {
        var action = route.At("route");
        if (action.Text("cluster") is { Length: > 0 } single)
        {
            return [(single, 100)];
        }

        var weighted = action.At("weighted_clusters", "clusters").Objects().Select(entry => (Name: entry.Text("name"), Weight: entry.Number("weight") ?? 0)).ToList();
        var total = Math.Max(1, weighted.Sum(entry => entry.Weight));
        return [.. weighted.Select(entry => (entry.Name, 100.0 * entry.Weight / total))];
    }

    /// <summary>Where it sends: clusters with shares, a fixed answer, or another location.</summary>
    public static string Target(JsonNode? route)
    {
        if (route.At("direct_response") is { } direct)
        {
            return $"answered {direct.Text("status")} by the proxy";
        }

        if (route.At("redirect") is JsonObject redirect)
        {
            return "redirected: " + string.Join(", ", redirect.Where(field => field.Key != "response_code").Select(field => $"{field.Key} {field.Value}"));
        }

        return string.Join(", ", Clusters(route).Select(entry => Share(entry.Share) + ClusterText(entry.Cluster)));
    }

    /// <summary>Timeout, retries, faults, mirrors, rewrites and headers: name and value of what is set.</summary>
    /// <param name="route">The route.</param>
    /// <param name="withDefaults">Name the mesh's default retries, too.</param>
    public static IEnumerable<(string Name, string Value)> Settings(JsonNode? route, bool withDefaults)
    {
        var action = route.At("route");
        var settings = new List<(string Name, string Value)>();
        Add("timeout", action.Text("timeout") is "" or "0s" or "0.000s" ? "" : action.Text("timeout"));
        var retries = Retries(action.At("retry_policy"));
        Add("retries", retries != DefaultRetries ? retries : withDefaults ? "2, the default: on connection failures, not on answers" : "");
        Add("fault", FaultText(route.At("typed_per_filter_config") is JsonObject filters ? filters[Fault] : null));
        Add("mirror", string.Join(", ", action.At("request_mirror_policies").Objects().Select(mirror => $"{ClusterText(mirror.Text("cluster"))}{Percent(mirror.At("runtime_fraction", "default_value"), " of ")}")));
        Add("rewrite", string.Join(", ", new[] { action.Text("prefix_rewrite"), action.Text("host_rewrite_literal"), action.Text("regex_rewrite", "substitution") }.Where(text => text.Length > 0)));
        foreach (var list in new[] { "request_headers_to_add", "request_headers_to_remove", "response_headers_to_add", "response_headers_to_remove" })
        {
            Add(list.Replace('_', ' '), string.Join(", ", (route.At(list) as JsonArray ?? []).Select(HeaderText)));
        }

        return settings;

        void Add(string name, string value)
        {
            if (value.Length > 0)
            {
                settings.Add((name, value));
            }
        }
    }

    /// <summary><c>reviews.default.svc.cluster.local:9080 subset v1</c>.</summary>
    public static string ClusterText(string cluster)
    {
        var name = EnvoyClusterName.Parse(cluster);
        return name.Port == 0 ? name.Host : string.Create(CultureInfo.InvariantCulture, $"{name.Host}:{name.Port}{(name.Subset == "-" ? "" : $" subset {name.Subset}")}");
    }

    private static string Share(double percent) => percent >= 100 ? "" : string.Create(CultureInfo.InvariantCulture, $"{percent:0.##} % ");

    private static string Retries(JsonNode? policy) => policy is null
        ? ""
        : $"{(policy.Text("num_retries") is { Length: > 0 } count ? count : "1")} on {policy.Text("retry_on")}{(policy.At("retriable_status_codes") is JsonArray { Count: > 0 } codes ? $" ({string.Join(", ", codes.Texts())})" : "")}{(policy.Text("per_try_timeout") is { Length: > 0 } each ? $", {each} each" : "")}";

    private static string FaultText(JsonNode? fault)
    {
        var parts = new List<string>();
        if (fault.At("delay") is { } delay)
        {
            parts.Add($"delay {delay.Text("fixed_delay")}{Percent(delay.At("percentage"), " for ")}");
        }

        if (fault.At("abort") is { } abort)
        {
            parts.Add($"abort with {(abort.Text("http_status") is { Length: > 0 } status ? status : "gRPC status " + abort.Text("grpc_status"))}{Percent(abort.At("percentage"), " for ")}");
        }

        return string.Join(", ", parts);
    }

    private static string Percent(JsonNode? fraction, string before)
    {
        if (fraction is null)
        {
            return "";
        }

        var whole = fraction.Text("denominator") switch
        {
            "MILLION" => 1_000_000.0,
            "TEN_THOUSAND" => 10_000.0,
            _ => 100.0,
        };
        return string.Create(CultureInfo.InvariantCulture, $"{before}{100 * (fraction.Number("numerator") ?? 0) / whole:0.####} %");
    }

    private static string HeaderText(JsonNode? header) => header is JsonObject ? $"{header.Text("header", "key")}: {header.Text("header", "value")}" : header?.ToString() ?? "";
}
