using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Inspection;

/// <summary>Clusters as istioctl's table shows them.</summary>
internal static class ClusterTable
{
    private const string Unknown = "-";

    public static readonly string[] Heading = ["SERVICE FQDN", "PORT", "SUBSET", "DIRECTION", "TYPE", "DESTINATION RULE"];

    public static string[] Row(JsonObject cluster)
    {
        var name = EnvoyClusterName.Parse(cluster.Text("name"));
        return [name.Host, name.Port == 0 ? Unknown : name.Port.ToString(CultureInfo.InvariantCulture), name.Subset, name.Direction, TypeOf(cluster), Origins.Of(cluster)];
    }

    /// <summary>Envoy's word for where the endpoints come from.</summary>
    private static string TypeOf(JsonObject cluster) => cluster.Text("type") is { Length: > 0 } type ? type : cluster.At("cluster_type") is null ? "STATIC" : cluster.Text("cluster_type", "name");
}

/// <summary>Istio's cluster names: <c>outbound|9080|v1|reviews.default.svc.cluster.local</c>; others are the name of nothing but themselves.</summary>
/// <param name="Direction">inbound or outbound; "-" for other clusters.</param>
/// <param name="Port">The service's port; 0 for other clusters.</param>
/// <param name="Subset">The subset; "-" without one.</param>
/// <param name="Host">The service, or the whole name.</param>
internal sealed record EnvoyClusterName(string Direction, int Port, string Subset, string Host)
{
    public static EnvoyClusterName Parse(string name)
    {
        // SNI names of mTLS passthrough have the same parts: outbound_.9080_.v1_.reviews…
        var parts = name.StartsWith("outbound_.", StringComparison.Ordinal) ? name.Split("_.", 4) : name.Split('|', 4);
        return parts is [("inbound" or "outbound" or "inbound-vip") and var direction, var port, var subset, var host]
            && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new EnvoyClusterName(direction, number, subset.Length == 0 ? "-" : subset, host)
            : new EnvoyClusterName("-", 0, "-", name);
    }
}
