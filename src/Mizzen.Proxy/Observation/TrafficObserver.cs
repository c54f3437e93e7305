using Mizzen.Proxy.Observation.AccessLogs;
using Mizzen.Proxy.Observation.Metrics;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Observation;

/// <summary>Metrics and access log of one loop.</summary>
internal sealed class TrafficObserver(MetricsRegistry registry, AccessLogSink sink, WorkloadIdentity self, string node) : ITrafficObserver
{
    private readonly LoopMetrics _metrics = new(registry, self);
    private readonly LoopCounters _counters = new(registry);
    private readonly LoopAccessLog _log = new(sink, node);

    public void Attach(LoopUpstreams upstreams) => _log.Attach(upstreams);

    public void OnExchange(ExchangeRecord record)
    {
        _metrics.Count(record);
        if (record.Http is { } http)
        {
            Count(http.Counters, record);
        }

        _log.Write(record.Http?.AccessLogs ?? [], record);
    }

    public void OnConnectionOpened(ConnectionRecord record)
    {
        _metrics.Opened(record);
        if (record.Tcp?.Counters is { } counters)
        {
            Count(counters.Connections);
            Count(counters.ActiveConnections);
        }
    }

    public void OnConnectionClosed(ConnectionRecord record)
    {
        _metrics.Closed(record);
        if (record.Tcp?.Counters is { } counters)
        {
            Count(counters.ActiveConnections, -1);
            Count(counters.Received, record.BytesReceived);
            Count(counters.Sent, record.BytesSent);
            if ((record.Flags & ResponseFlags.NoClusterFound) != 0)
            {
                Count(counters.NoRoute);
            }
        }

        _log.Write(record.Tcp?.AccessLogs ?? [], record);
    }

    public void Count(CounterKey counter, long amount = 1) => _counters.Add(counter, amount);

    public void Flush()
    {
        _counters.Flush();
        _metrics.Flush();
        _log.Flush();
    }

    private void Count(HttpCounters counters, ExchangeRecord record)
    {
        Count(counters.Requests);
        if (counters.OfStatus(record.Status) is { } ofStatus)
        {
            Count(counters.Completed);
            Count(ofStatus);
        }

        if ((record.Flags & ResponseFlags.NoRouteFound) != 0)
        {
            Count(counters.NoRoute);
        }

        if ((record.Flags & ResponseFlags.NoClusterFound) != 0)
        {
            Count(counters.NoCluster);
        }

        CountRefusals(counters, record.Flags);
        if (record.Route?.Action is RouteActionModel.Redirect)
        {
            Count(counters.Redirects);
        }
    }

    private void CountRefusals(HttpCounters counters, ResponseFlags flags)
    {
        if ((flags & ResponseFlags.StreamIdleTimeout) != 0)
        {
            Count(counters.IdleTimeouts);
        }

        if ((flags & ResponseFlags.OverloadManager) != 0)
        {
            Count(counters.Overloads);
        }
    }
}
