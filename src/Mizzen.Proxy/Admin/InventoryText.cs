using System.Globalization;
using System.Text;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Admin;

/// <summary>Clusters and listeners as lines <c>name::field::value</c>, as Envoy shows them.</summary>
internal static class InventoryText
{
    public static string Clusters(ProxySnapshot snapshot)
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
                var health = endpoint.IsDraining ? "draining" : endpoint.IsHealthy ? "healthy" : "/failed_eds_health";
                text.Append(CultureInfo.InvariantCulture, $"{name}::{endpoint.Address}::hostname::{endpoint.HostName}\n");
                text.Append(CultureInfo.InvariantCulture, $"{name}::{endpoint.Address}::health_flags::{health}\n");
                text.Append(CultureInfo.InvariantCulture, $"{name}::{endpoint.Address}::weight::{endpoint.Weight}\n");
                text.Append(CultureInfo.InvariantCulture, $"{name}::{endpoint.Address}::zone::{endpoint.Zone}\n");
                text.Append(CultureInfo.InvariantCulture, $"{name}::{endpoint.Address}::priority::{endpoint.Priority}\n");
            }
        }

        return text.ToString();
    }

    public static string Listeners(ProxySnapshot snapshot) =>
        string.Concat(snapshot.Listeners.Select(listener => $"{listener.Name}::{listener.Address}\n"));
}
