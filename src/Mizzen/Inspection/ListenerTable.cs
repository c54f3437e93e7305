using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Inspection;

/// <summary>Listeners as istioctl's table shows them: a row a filter chain.</summary>
internal static class ListenerTable
{
    private const string HttpManager = "envoy.filters.network.http_connection_manager";
    private const string TcpProxy = "envoy.filters.network.tcp_proxy";

    public static readonly string[] Heading = ["ADDRESSES", "PORT", "MATCH", "DESTINATION"];

    public static IEnumerable<string[]> Rows(JsonObject listener)
    {
        var addresses = (string[])[Address(listener["address"]), .. listener["additional_addresses"].Objects().Select(more => Address(more["address"]))];
        var port = listener.Text("address", "socket_address", "port_value");
        foreach (var chain in listener["filter_chains"].Objects())
        {
            yield return [string.Join(",", addresses), port, Match(chain["filter_chain_match"]), Destination(chain)];
        }

        if (listener["default_filter_chain"] is JsonObject other)
        {
            yield return [string.Join(",", addresses), port, "ALL", Destination(other)];
        }
    }

    /// <summary>HTTP, TCP or HTTP+TCP, by what its chains do.</summary>
    public static string TypeOf(JsonObject listener)
    {
        var filters = listener["filter_chains"].Objects().Append(listener["default_filter_chain"] as JsonObject).SelectMany(chain => chain.At("filters").Objects()).Select(filter => filter.Text("name")).ToHashSet();
        return (filters.Contains(HttpManager), filters.Contains(TcpProxy)) switch
        {
            (true, true) => "HTTP+TCP",
            (true, false) => "HTTP",
            (false, true) => "TCP",
            _ => "UNKNOWN",
        };
    }

    public static string Address(JsonNode? address) =>
        address.Text("socket_address", "address") is { Length: > 0 } ip ? ip : address.Text("pipe", "path") is { Length: > 0 } pipe ? "unix://" + pipe : "";

    private static string Match(JsonNode? match)
    {
        var parts = new List<string>();
        void Add(string name, JsonNode? list, Func<JsonNode?, string> text)
        {
            if (list is JsonArray { Count: > 0 } values)
            {
                parts.Add($"{name}: {string.Join(",", values.Select(text))}");
            }
        }

        Add("SNI", match.At("server_names"), name => name?.ToString() ?? "");
        if (match.Text("transport_protocol") is { Length: > 0 } transport)
        {
            parts.Add("Trans: " + transport);
        }

        Add("App", match.At("application_protocols"), protocol => Protocol(protocol?.ToString() ?? ""));
        Add("Addr", match.At("prefix_ranges"), Range);
        if (match.Text("destination_port") is not ("" or "0") and var port)
        {
            parts.Insert(0, "Port: " + port);
        }

        return parts.Count == 0 ? "ALL" : string.Join("; ", parts);
    }

    private static string Protocol(string name) => name switch
    {
        "http/1.1" => "HTTP",
        "h2c" => "HTTP2",
        _ => name,
    };

    private static string Range(JsonNode? range) => $"{range.Text("address_prefix")}/{range.Text("prefix_len")}";

    private static string Destination(JsonObject chain)
    {
        foreach (var filter in chain["filters"].Objects())
        {
            var config = filter["typed_config"];
            switch (filter.Text("name"))
            {
                case HttpManager when config.At("rds") is not null:
                    return "Route: " + config.Text("rds", "route_config_name");
                case HttpManager:
                    return "Inline Route: " + string.Join(", ", config.At("route_config", "virtual_hosts").Objects().SelectMany(host => host["routes"].Objects()).Select(route => RouteTable.Match(route["match"])));
                case TcpProxy when config.Text("cluster") is { Length: > 0 } cluster:
                    return ClusterText(cluster);
                case TcpProxy:
                    return string.Join(", ", config.At("weighted_clusters", "clusters").Objects().Select(entry => ClusterText(entry.Text("name"))));
            }
        }

        return "Non-HTTP/Non-TCP";
    }

    private static string ClusterText(string cluster) => cluster is "PassthroughCluster" or "BlackHoleCluster" ? cluster : "Cluster: " + cluster;
}
