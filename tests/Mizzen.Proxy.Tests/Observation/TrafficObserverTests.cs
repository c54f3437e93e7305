using System.Text;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Observation.AccessLogs;
using Mizzen.Proxy.Observation.Metrics;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.Observation;

public sealed class TrafficObserverTests
{
    [Fact]
    public async Task Requests_are_counted_under_Envoys_names_in_both_formats()
    {
        var registry = new MetricsRegistry();
        await using var sink = new AccessLogSink(LogOutput.Silent.For("test"), static (_, _) => { });
        var observer = new TrafficObserver(registry, sink, WorkloadIdentity.Unknown, "node");
        var http = new HttpModel { StatPrefix = "in" };

        observer.OnExchange(new ExchangeRecord { Http = http, Status = 200 });
        observer.OnExchange(new ExchangeRecord { Http = http, Status = 404, Flags = ResponseFlags.NoRouteFound });
        observer.OnExchange(new ExchangeRecord { Http = http });
        observer.Count(http.Counters.ActiveConnections);
        observer.Flush();
        observer.Count(http.Counters.ActiveConnections, -1);
        observer.Flush();

        var stats = new TextBuffer(1024);
        registry.WriteStats(stats);
        Assert.Equal(
            ["http.in.downstream_cx_active: 0", "http.in.downstream_rq_2xx: 1", "http.in.downstream_rq_4xx: 1", "http.in.downstream_rq_completed: 2", "http.in.downstream_rq_total: 3", "http.in.no_route: 1"],
            Encoding.UTF8.GetString(stats.Written).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var prometheus = new TextBuffer(1024);
        registry.WritePrometheus(new PrometheusWriter(prometheus));
        var lines = Encoding.UTF8.GetString(prometheus.Written).Split('\n');
        Assert.Contains("# TYPE envoy_http_downstream_rq_total counter", lines);
        Assert.Contains("""envoy_http_downstream_rq_total{envoy_http_conn_manager_prefix="in"} 3""", lines);
        Assert.Contains("# TYPE envoy_http_downstream_cx_active gauge", lines);
    }
}
