using Mizzen.Proxy.Observation.AccessLogs;
using Mizzen.Proxy.Observation.Metrics;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Observation;

/// <summary>Metrics and access log of one loop.</summary>
internal sealed class TrafficObserver(MetricsRegistry registry, AccessLogSink sink, WorkloadIdentity self) : ITrafficObserver
{
    private readonly LoopMetrics _metrics = new(registry, self);
    private readonly LoopCounters _counters = new(registry);
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

    public void Count(CounterKey counter, long amount = 1) => _counters.Add(counter, amount);

    public void Flush()
    {
        _counters.Flush();
        _metrics.Flush();
        _log.Flush();
    }
}
