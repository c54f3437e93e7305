using System.Globalization;
using System.Net;
using System.Text;
using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Admin;

/// <summary>Clusters and listeners as lines <c>name::field::value</c>, as Envoy shows them.</summary>
internal static class InventoryText
{
    public static string Clusters(ProxySnapshot snapshot, Func<ClusterKey, IPEndPoint, EndpointVerdict> verdictOf)
    {
        var text = new StringBuilder();
        foreach (var cluster in snapshot.Clusters.Values.OrderBy(cluster => cluster.Key.Name, StringComparer.Ordinal))
        {
            var name = cluster.Key.Name;
            text.Append(CultureInfo.InvariantCulture, $"{name}::default_priority::max_connections::{cluster.Limits.Connections}\n");
            text.Append(CultureInfo.InvariantCulture, $"{name}::default_priority::max_pending_requests::{cluster.Limits.PendingRequests}\n");
            text.Append(CultureInfo.InvariantCulture, $"{name}::default_priority::max_requests::{cluster.Limits.Requests}\n");
            text.Append(CultureInfo.InvariantCulture, $"{name}::default_priority::max_retries::{cluster.Limits.Retries}\n");
            foreach (var endpoint in cluster.Endpoints)
            {
                var health = HealthFlags(endpoint, verdictOf(cluster.Key, endpoint.Address));
                text.Append(CultureInfo.InvariantCulture, $"{name}::{endpoint.Address}::hostname::{endpoint.HostName}\n");
                text.Append(CultureInfo.InvariantCulture, $"{name}::{endpoint.Address}::health_flags::{health}\n");
                text.Append(CultureInfo.InvariantCulture, $"{name}::{endpoint.Address}::weight::{endpoint.Weight}\n");
                text.Append(CultureInfo.InvariantCulture, $"{name}::{endpoint.Address}::zone::{endpoint.Zone}\n");
                text.Append(CultureInfo.InvariantCulture, $"{name}::{endpoint.Address}::priority::{endpoint.Priority}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>Listeners with the addresses that they have, or were told when they do not bind.</summary>
    public static string Listeners(ProxySnapshot snapshot, Func<string, IPEndPoint?> addressOf) =>
        string.Concat(snapshot.Listeners.Select(listener => $"{listener.Name}::{addressOf(listener.Name) ?? listener.Address}\n"));

    /// <summary>Envoy's words, one after another.</summary>
    private static string HealthFlags(EndpointModel endpoint, EndpointVerdict verdict)
    {
        if (endpoint.IsDraining)
        {
            return "draining";
        }

        var flags = $"{(verdict.FailsChecks ? "/failed_active_hc" : "")}{(verdict.IsEjected ? "/failed_outlier_check" : "")}{(endpoint.IsHealthy ? "" : "/failed_eds_health")}";
        return flags.Length > 0 ? flags : "healthy";
    }
}
