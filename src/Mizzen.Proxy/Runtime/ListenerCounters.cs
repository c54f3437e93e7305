using System.Net;

namespace Mizzen.Proxy.Runtime;

/// <summary>The counters of one listener, under Envoy's names, in which its address stands.</summary>
internal sealed class ListenerCounters
{
    public ListenerCounters(IPEndPoint address)
    {
        var name = address.ToString().Replace(':', '_');
        Connections = CounterKey.Listener(name, "downstream_cx_total");
        ActiveConnections = CounterKey.Listener(name, "downstream_cx_active", isGauge: true);
        Overflow = CounterKey.Listener(name, "downstream_global_cx_overflow");
        OverloadRejected = CounterKey.Listener(name, "downstream_cx_overload_reject");
        NoFilterChain = CounterKey.Listener(name, "no_filter_chain_match");
    }

    public CounterKey Connections { get; }

    public CounterKey ActiveConnections { get; }

    /// <summary>Refused because the process has as many connections as it may have.</summary>
    public CounterKey Overflow { get; }

    /// <summary>Refused because memory is short.</summary>
    public CounterKey OverloadRejected { get; }

    /// <summary>Closed because no filter chain takes them.</summary>
    public CounterKey NoFilterChain { get; }
}
