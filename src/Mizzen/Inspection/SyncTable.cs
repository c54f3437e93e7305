using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Inspection;

/// <summary>How far each proxy is with its configuration, from the control planes' <c>/debug/syncz</c>.</summary>
internal static class SyncTable
{
    private static readonly (string Type, string Field)[] Types = [("CDS", "cluster"), ("LDS", "listener"), ("EDS", "endpoint"), ("RDS", "route")];

    public static readonly string[] Heading = ["NAME", "CLUSTER", "CDS", "LDS", "EDS", "RDS", "ISTIOD", "VERSION", "SUBSCRIBED TYPES"];

    public static string[] Row(JsonObject sync, string controlPlane)
    {
        var subscribed = sync["types"] is JsonObject types ? [.. types.Select(type => type.Key)] : Types.Where(type => sync.Text(type.Field + "_sent").Length > 0).Select(type => type.Type).ToList();
        return
        [
            sync.Text("proxy"),
            sync.Text("cluster_id"),
            .. Types.Select(type => State(sync, type.Type, type.Field)),
            controlPlane,
            sync.Text("istio_version"),
            $"{subscribed.Count} ({string.Join(",", subscribed)})",
        ];
    }

    /// <summary>What the proxy does not take, a line each.</summary>
    public static IEnumerable<string> Refusals(JsonObject sync) =>
        sync["refusals"].Objects().Select(refusal => $"{sync.Text("proxy")} refused {refusal.Text("type")} {refusal.Text("resource")}: {refusal.Text("reason")}");

    /// <summary>Istio's words; an older control plane tells nonces only.</summary>
    public static string State(JsonObject sync, string type, string field)
    {
        if (sync["types"] is JsonObject types)
        {
            return types[type]?.ToString() ?? "IGNORED";
        }

        var sent = sync.Text(field + "_sent");
        return sent.Length == 0 ? "NOT SENT" : sent == sync.Text(field + "_acked") ? "SYNCED" : "STALE";
    }
}
