using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Observation.Metrics;

namespace Mizzen.Proxy.Admin;

/// <summary>Port 15090: <c>/stats/prometheus</c>.</summary>
internal sealed class MetricsHandler(ProxyState state) : IAdminHandler
{
    public AdminResponse Answer(string method, string target) => target.Split('?')[0] is "/stats/prometheus" or "/metrics"
        ? Answer(state)
        : AdminText.NotFound(target, "/stats/prometheus");

    public static AdminResponse Answer(ProxyState state) => new(200, PrometheusWriter.ContentType, Write(state).Written.ToArray());

    /// <summary>All metrics of this proxy in the Prometheus text format.</summary>
    public static TextBuffer Write(ProxyState state)
    {
        var text = new TextBuffer(16 * 1024);
        var writer = new PrometheusWriter(text);
        state.Metrics.WritePrometheus(writer);
        var build = System.Text.Encoding.UTF8.GetBytes($"component=\"proxy\",tag=\"{state.Version}\"");
        writer.Gauge("istio_build"u8, build, 1);
        writer.Gauge("envoy_server_live"u8, default, state.NotReadyBecause() is null ? 1 : 0);
        writer.Gauge("envoy_server_uptime"u8, default, (long)state.Uptime.TotalSeconds);
        writer.Gauge("envoy_server_memory_allocated"u8, default, GC.GetTotalMemory(forceFullCollection: false));
        writer.Gauge("envoy_cluster_manager_active_clusters"u8, default, state.Snapshot.Clusters.Count);
        writer.Gauge("envoy_listener_manager_total_listeners_active"u8, default, state.Snapshot.Listeners.Count);
        writer.Counter("envoy_cluster_manager_update_rejected"u8, state.Refusals);
        return text;
    }
}
