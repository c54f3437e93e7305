using System.Globalization;
using System.Net;
using System.Text;
using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Admin;

/// <summary>Clusters with their endpoints in the shape of Envoy's <c>/clusters?format=json</c> (<c>envoy.admin.v3.Clusters</c>).</summary>
internal static class InventoryJson
{
    public static string Clusters(ProxySnapshot snapshot, Func<ClusterKey, IPEndPoint, EndpointVerdict> verdictOf)
    {
        var text = new StringBuilder("{\"cluster_statuses\":[");
        text.AppendJoin(",\n", snapshot.Clusters.Values.OrderBy(cluster => cluster.Key.Name, StringComparer.Ordinal).Select(cluster => Cluster(cluster, verdictOf)));
        return text.Append("]}\n").ToString();
    }

    private static string Cluster(ClusterModel cluster, Func<ClusterKey, IPEndPoint, EndpointVerdict> verdictOf) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"name":{{JsonText.Quote(cluster.Key.Name)}},"added_via_api":true,"host_statuses":[{{string.Join(",", cluster.Endpoints.Select(endpoint => Endpoint(endpoint, verdictOf(cluster.Key, endpoint.Address))))}}]}""");

    private static string Endpoint(EndpointModel endpoint, EndpointVerdict verdict)
    {
        var health = endpoint.IsDraining ? "DRAINING" : endpoint.IsHealthy ? "HEALTHY" : "UNHEALTHY";
        var against = $"{(verdict.FailsChecks ? ",\"failed_active_health_check\":true" : "")}{(verdict.IsEjected ? ",\"failed_outlier_check\":true" : "")}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $$$"""{"address":{"socket_address":{"address":"{{{endpoint.Address.Address}}}","port_value":{{{endpoint.Address.Port}}}}},"hostname":{{{JsonText.Quote(endpoint.HostName)}}},"health_status":{"eds_health_status":"{{{health}}}"{{{against}}}},"weight":{{{endpoint.Weight}}},"priority":{{{endpoint.Priority}}},"locality":{"zone":{{{JsonText.Quote(endpoint.Zone)}}}}}""");
    }
}
