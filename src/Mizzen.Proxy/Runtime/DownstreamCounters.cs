namespace Mizzen.Proxy.Runtime;

/// <summary>The counters of one connection manager, under Envoy's names.</summary>
internal sealed class HttpCounters
{
    private readonly CounterKey[] _classes;

    public HttpCounters(string prefix)
    {
        Requests = CounterKey.Http(prefix, "downstream_rq_total");
        Completed = CounterKey.Http(prefix, "downstream_rq_completed");
        Connections = CounterKey.Http(prefix, "downstream_cx_total");
        ActiveConnections = CounterKey.Http(prefix, "downstream_cx_active", isGauge: true);
        NoRoute = CounterKey.Http(prefix, "no_route");
        NoCluster = CounterKey.Http(prefix, "no_cluster");
        Redirects = CounterKey.Http(prefix, "rq_redirect");
        IdleTimeouts = CounterKey.Http(prefix, "downstream_rq_idle_timeout");
        HeaderTimeouts = CounterKey.Http(prefix, "downstream_rq_header_timeout");
        RequestTimeouts = CounterKey.Http(prefix, "downstream_rq_timeout");
        Overloads = CounterKey.Http(prefix, "downstream_rq_overload_close");
        _classes = [.. Enumerable.Range(1, 5).Select(digit => CounterKey.Http(prefix, $"downstream_rq_{digit}xx"))];
    }

    public CounterKey Requests { get; }

    /// <summary>Requests that were answered.</summary>
    public CounterKey Completed { get; }

    public CounterKey Connections { get; }

    public CounterKey ActiveConnections { get; }

    public CounterKey NoRoute { get; }

    public CounterKey NoCluster { get; }

    public CounterKey Redirects { get; }

    /// <summary>Streams that were ended because nothing moved on them.</summary>
    public CounterKey IdleTimeouts { get; }

    /// <summary>Requests whose head took too long.</summary>
    public CounterKey HeaderTimeouts { get; }

    /// <summary>Requests that took too long to arrive.</summary>
    public CounterKey RequestTimeouts { get; }

    /// <summary>Requests that were refused because memory is short.</summary>
    public CounterKey Overloads { get; }

    /// <summary>Answers of a class of statuses; null for what is no status.</summary>
    public CounterKey? OfStatus(int status) => status is >= 100 and < 600 ? _classes[(status / 100) - 1] : null;
}

/// <summary>The counters of one TCP proxy, under Envoy's names.</summary>
internal sealed class TcpCounters(string prefix)
{
    public CounterKey Connections { get; } = CounterKey.Tcp(prefix, "downstream_cx_total");

    public CounterKey ActiveConnections { get; } = CounterKey.Tcp(prefix, "downstream_cx_active", isGauge: true);

    public CounterKey NoRoute { get; } = CounterKey.Tcp(prefix, "downstream_cx_no_route");

    /// <summary>Connections that were ended because of their age.</summary>
    public CounterKey TooOld { get; } = CounterKey.Tcp(prefix, "max_downstream_connection_duration");

    public CounterKey Received { get; } = CounterKey.Tcp(prefix, "downstream_cx_rx_bytes_total");

    public CounterKey Sent { get; } = CounterKey.Tcp(prefix, "downstream_cx_tx_bytes_total");
}
