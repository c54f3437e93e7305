using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Explaining;

/// <summary>What a cluster of a configuration dump says, in words.</summary>
internal static class ClusterWords
{
    private const long Unlimited = uint.MaxValue;

    /// <summary>Balancing, limits, ejection and encryption.</summary>
    public static string Policy(JsonObject? cluster)
    {
        if (cluster is null)
        {
            return "";
        }

        var parts = new List<string> { Balancing(cluster) };
        Add("connect timeout ", cluster.Text("connect_timeout"));
        Add("", Limits(cluster.At("circuit_breakers", "thresholds").Objects().FirstOrDefault()));
        Add("ejects after ", Ejection(cluster["outlier_detection"]));
        Add("", Encryption(cluster));
        return string.Join(", ", parts);

        void Add(string before, string text)
        {
            if (text.Length > 0)
            {
                parts.Add(before + text);
            }
        }
    }

    /// <summary>Addresses with their health.</summary>
    public static IEnumerable<string> Endpoints(JsonObject? assignment)
    {
        foreach (var locality in assignment?["endpoints"].Objects() ?? [])
        {
            var zone = string.Join('/', new[] { locality.Text("locality", "region"), locality.Text("locality", "zone") }.Where(part => part.Length > 0));
            foreach (var entry in locality["lb_endpoints"].Objects())
            {
                var address = entry.At("endpoint", "address", "socket_address");
                var health = entry.Text("health_status") is { Length: > 0 } status and not "UNKNOWN" ? status : "HEALTHY";
                yield return $"{address.Text("address")}:{address.Text("port_value")} {health}{(zone.Length == 0 ? "" : $" in {zone}")}";
            }
        }
    }

    private static string Balancing(JsonObject cluster) => cluster.Text("type") == "ORIGINAL_DST" ? "original destination" : cluster.Text("lb_policy") switch
    {
        "" or "ROUND_ROBIN" => "round robin",
        var policy => policy.ToLowerInvariant().Replace('_', ' '),
    };

    private static string Limits(JsonObject? thresholds) => string.Join(", ", new[] { ("max_connections", "connections"), ("max_pending_requests", "pending requests"), ("max_requests", "requests"), ("max_retries", "retries") }
        .Where(limit => long.TryParse(thresholds.Text(limit.Item1), System.Globalization.CultureInfo.InvariantCulture, out var value) && value < Unlimited)
        .Select(limit => $"at most {thresholds.Text(limit.Item1)} {limit.Item2}"));

    private static string Ejection(JsonNode? outlier) => outlier is null ? "" :
        $"{(outlier.Text("consecutive_5xx") is { Length: > 0 } errors ? errors : "5")} errors in a row for {(outlier.Text("base_ejection_time") is { Length: > 0 } time ? time : "30s")}";

    private static string Encryption(JsonObject cluster) =>
        cluster["transport_socket_matches"] is JsonArray { Count: > 0 } ? "mutual TLS where the endpoint has it"
        : cluster.Text("transport_socket", "name") is { Length: > 0 } name and not "envoy.transport_sockets.raw_buffer" ? "TLS" : "";
}
