using Mizzen.Proxy.Observation.AccessLogs;
using Mizzen.Proxy.Observation.Metrics;

namespace Mizzen.Proxy.Observation;

/// <summary>Metrics and access log of one loop.</summary>
internal sealed class TrafficObserver(MetricsRegistry registry, AccessLogSink sink, WorkloadIdentity self) : ITrafficObserver
{
    private readonly LoopMetrics _metrics = new(registry, self);
    private readonly LoopAccessLog _log = new(sink);

    public void OnExchange(ExchangeRecord record)
    {
        _metrics.Count(record);
        _log.Write(record.Http?.AccessLogs ?? [], record);
    }

    public void OnConnectionOpened(ConnectionRecord record) => _metrics.Opened(record);

    public void OnConnectionClosed(ConnectionRecord record)
    {
        _metrics.Closed(record);
        _log.Write(record.Tcp?.AccessLogs ?? [], record);
    }

    public void Flush()
    {
        _metrics.Flush();
        _log.Flush();
    }
}
