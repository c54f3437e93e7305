using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Inspection;

/// <summary>Endpoints as istioctl's table shows them, from a proxy's <c>/clusters?format=json</c>.</summary>
internal static class EndpointTable
{
    public static readonly string[] Heading = ["ENDPOINT", "STATUS", "OUTLIER CHECK", "CLUSTER"];

    /// <summary>The clusters of an answer (<c>envoy.admin.v3.Clusters</c>), or of a dump's load assignments.</summary>
    /// <exception cref="UserErrorException">The text is neither.</exception>
    public static IReadOnlyList<JsonObject> Parse(string json, string source)
    {
        try
        {
            return JsonNode.Parse(json)?["cluster_statuses"] is JsonArray statuses
                ? [.. statuses.OfType<JsonObject>().OrderBy(status => status.Text("name"), StringComparer.Ordinal)]
                : [.. ConfigDump.Parse(json, source).Endpoints.Select(FromAssignment)];
        }
        catch (JsonException error)
        {
            throw new UserErrorException($"{source}: these are no endpoints: {error.Message}", error);
        }
    }

    public static IEnumerable<string[]> Rows(JsonObject cluster) => cluster["host_statuses"].Objects().Select(host => (string[])[Address(host), Status(host), OutlierCheck(host), cluster.Text("name")]);

    public static string Address(JsonObject host)
    {
        var socket = host.At("address", "socket_address");
        return socket is null ? "unix://" + host.Text("address", "pipe", "path") : $"{socket.Text("address")}:{socket.Text("port_value")}";
    }

    public static string Status(JsonObject host) => host.Text("health_status", "eds_health_status") is { Length: > 0 } status ? status : "HEALTHY";

    private static string OutlierCheck(JsonObject host) => (bool?)host.At("health_status", "failed_outlier_check") == true ? "FAILED" : "OK";

    private static JsonObject FromAssignment(JsonObject assignment) => new()
    {
        ["name"] = assignment.Text("cluster_name"),
        ["host_statuses"] = new JsonArray(
        [
            .. assignment["endpoints"].Objects().SelectMany(locality => locality["lb_endpoints"].Objects()).Select(JsonNode (entry) => new JsonObject
            {
                ["address"] = entry.At("endpoint", "address")?.DeepClone(),
                ["health_status"] = new JsonObject { ["eds_health_status"] = entry.Text("health_status") is { Length: > 0 } health ? health : "HEALTHY" },
            }),
        ]),
    };
}
