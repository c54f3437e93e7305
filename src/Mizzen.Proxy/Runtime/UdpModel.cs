namespace Mizzen.Proxy.Runtime;

/// <summary>A UDP proxy (<c>envoy.filters.udp_listener.udp_proxy</c>).</summary>
internal sealed record UdpModel
{
    /// <summary>Envoy's default: a minute without datagrams in either direction ends a session.</summary>
    public const long DefaultIdleTimeout = 60_000;

    public string StatPrefix { get; init; } = "";

    /// <summary>Where sessions go.</summary>
    public required ClusterKey Cluster { get; init; }

    /// <summary>Milliseconds without datagrams in either direction; 0 for never.</summary>
    public long IdleTimeout { get; init; } = DefaultIdleTimeout;

    /// <summary>Sessions of one address go to one endpoint, for clusters that hash.</summary>
    public bool HashesSourceAddress { get; init; }

    /// <summary>All sessions go to the endpoint of this key, for clusters that hash; null for none.</summary>
    public ulong? HashKey { get; init; }

    /// <summary>The counters under that prefix, and those of the cluster.</summary>
    public UdpCounters Counters => field ??= new UdpCounters(StatPrefix, Cluster.Name);
}

/// <summary>The counters of one UDP proxy and of its cluster, under Envoy's names.</summary>
internal sealed class UdpCounters(string prefix, string cluster)
{
    public CounterKey Sessions { get; } = CounterKey.Udp(prefix, "downstream_sess_total");

    public CounterKey ActiveSessions { get; } = CounterKey.Udp(prefix, "downstream_sess_active", isGauge: true);

    /// <summary>Datagrams for which there is no cluster.</summary>
    public CounterKey NoRoute { get; } = CounterKey.Udp(prefix, "downstream_sess_no_route");

    /// <summary>Sessions that ended because nothing came any more.</summary>
    public CounterKey IdleTimeouts { get; } = CounterKey.Udp(prefix, "idle_timeout");

    public CounterKey ReceivedBytes { get; } = CounterKey.Udp(prefix, "downstream_sess_rx_bytes");

    public CounterKey ReceivedDatagrams { get; } = CounterKey.Udp(prefix, "downstream_sess_rx_datagrams");

    /// <summary>Datagrams of clients that could not be read as a whole.</summary>
    public CounterKey ReceiveErrors { get; } = CounterKey.Udp(prefix, "downstream_sess_rx_errors");

    public CounterKey SentBytes { get; } = CounterKey.Udp(prefix, "downstream_sess_tx_bytes");

    public CounterKey SentDatagrams { get; } = CounterKey.Udp(prefix, "downstream_sess_tx_datagrams");

    /// <summary>Datagrams that clients could not be sent.</summary>
    public CounterKey SendErrors { get; } = CounterKey.Udp(prefix, "downstream_sess_tx_errors");

    public CounterKey UpstreamSent { get; } = CounterKey.Cluster(cluster, "udp.sess_tx_datagrams");

    public CounterKey UpstreamSendErrors { get; } = CounterKey.Cluster(cluster, "udp.sess_tx_errors");

    public CounterKey UpstreamReceived { get; } = CounterKey.Cluster(cluster, "udp.sess_rx_datagrams");

    public CounterKey UpstreamReceiveErrors { get; } = CounterKey.Cluster(cluster, "udp.sess_rx_errors");

    /// <summary>Datagrams for which the cluster has no endpoint.</summary>
    public CounterKey NoneHealthy { get; } = CounterKey.Cluster(cluster, "upstream_cx_none_healthy");

    /// <summary>Sessions that the cluster's limit of connections does not allow.</summary>
    public CounterKey Overflow { get; } = CounterKey.Cluster(cluster, "upstream_cx_overflow");
}
