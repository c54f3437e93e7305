using System.Net;

using Mizzen.Proxy.Tls;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Runtime;

/// <summary>Where a cluster's endpoints come from.</summary>
internal enum DiscoveryKind
{
    Static,
    Eds,
    StrictDns,

    /// <summary>The connection's original destination is the endpoint.</summary>
    OriginalDestination,
}

/// <summary>What is spoken to a cluster's endpoints.</summary>
internal enum UpstreamProtocol
{
    Http1,
    Http2,

    /// <summary>What the client speaks (<c>use_downstream_protocol_config</c>).</summary>
    AsDownstream,
}

/// <summary>How an endpoint is chosen.</summary>
internal enum LoadBalancing
{
    RoundRobin,
    LeastRequest,
    Random,
    RingHash,
    Maglev,
}

/// <summary>A cluster with its endpoints as they are now.</summary>
internal sealed record ClusterModel
{
    public required ClusterKey Key { get; init; }

    public DiscoveryKind Discovery { get; init; }

    public LoadBalancing LoadBalancing { get; init; } = LoadBalancing.RoundRobin;

    /// <summary>Candidates that least-request compares.</summary>
    public int LeastRequestChoices { get; init; } = 2;

    /// <summary>Places on the ring at least, or entries of the Maglev table.</summary>
    public int HashTableSize { get; init; } = 1024;

    /// <summary>Locality weights count (<c>locality_weighted_lb_config</c>).</summary>
    public bool WeighsLocalities { get; init; }

    /// <summary>How new endpoints get their share; null for at once.</summary>
    public SlowStartModel? SlowStart { get; init; }

    public IReadOnlyList<EndpointModel> Endpoints { get; init; } = [];

    /// <summary>Milliseconds.</summary>
    public long ConnectTimeout { get; init; } = 5_000;

    /// <summary>Milliseconds after which an unused upstream connection is closed; 0 for never. Envoy's default is an hour.</summary>
    public long IdleTimeout { get; init; } = 3_600_000;

    /// <summary>Milliseconds after which a connection takes no more requests; 0 for never.</summary>
    public long MaxConnectionDuration { get; init; }

    /// <summary>Questions to silent servers; null for none.</summary>
    public KeepaliveModel? Keepalive { get; init; }

    /// <summary>Requests per upstream connection; 0 for no limit.</summary>
    public int MaxRequestsPerConnection { get; init; }

    public UpstreamProtocol Protocol { get; init; }

    public Http2Model Http2 { get; init; } = Http2Model.Default;

    public CircuitLimits Limits { get; init; } = CircuitLimits.None;

    public OutlierModel? Outlier { get; init; }

    /// <summary>How endpoints are asked whether they are well; null when nobody asks.</summary>
    public HealthCheckModel? HealthCheck { get; init; }

    /// <summary>Share of healthy endpoints in percent below which health is ignored.</summary>
    public double PanicThreshold { get; init; } = 50;

    /// <summary>Source address of upstream connections (127.0.0.6 for inbound passthrough); null for the kernel's choice.</summary>
    public IPAddress? SourceAddress { get; init; }

    /// <summary>Version of the PROXY protocol's header with which connections begin; 0 for none.</summary>
    public int ProxyProtocol { get; init; }

    /// <summary>Replaces the port of the original destination; 0 keeps it.</summary>
    public int OriginalDestinationPort { get; init; }

    /// <summary>How to speak TLS with endpoints for which no entry of <see cref="TlsMatches"/> is; null speaks in plain.</summary>
    public ClientTls? Tls { get; init; }

    /// <summary>How to speak with endpoints of certain metadata (<c>transport_socket_matches</c>); the first that matches counts.</summary>
    public IReadOnlyList<TlsMatch> TlsMatches { get; init; } = [];

    /// <summary>How to speak TLS with an endpoint; null speaks in plain.</summary>
    public ClientTls? TlsFor(EndpointModel endpoint)
    {
        for (var i = 0; i < TlsMatches.Count; i++)
        {
            if (TlsMatches[i].Covers(endpoint))
            {
                return TlsMatches[i].Tls;
            }
        }

        return Tls;
    }

    /// <summary>The Kubernetes service behind the cluster (<c>filter_metadata.istio.services</c>), empty where there is none.</summary>
    public ServiceIdentity Service { get; init; } = ServiceIdentity.None;

    /// <summary>Path of the DestinationRule (<c>filter_metadata.istio.config</c>).</summary>
    public string? Origin { get; init; }
}

/// <summary>One of a cluster's <c>transport_socket_matches</c>.</summary>
/// <param name="Wanted">What the endpoint's metadata must contain; empty matches every endpoint.</param>
/// <param name="Tls">How to speak TLS with it; null speaks in plain.</param>
internal sealed record TlsMatch(IReadOnlyList<KeyValuePair<string, string>> Wanted, ClientTls? Tls)
{
    public bool Covers(EndpointModel endpoint)
    {
        for (var i = 0; i < Wanted.Count; i++)
        {
            if (!endpoint.TransportLabels.Contains(Wanted[i]))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>Names of a service, for metrics.</summary>
internal sealed record ServiceIdentity(string Host, string Name, string Namespace)
{
    public static ServiceIdentity None { get; } = new("", "", "");
}

/// <summary>Circuit breaker thresholds of the default priority.</summary>
internal sealed record CircuitLimits(uint Connections, uint PendingRequests, uint Requests, uint Retries)
{
    /// <summary>Retries as a part of what is under way, instead of <see cref="Retries"/>; null for none.</summary>
    public RetryBudget? Budget { get; init; }

    /// <summary>Requests are counted: something depends on how many there are.</summary>
    public bool CountsRequests => Requests != uint.MaxValue || Budget is not null;

    /// <summary>Retries that may be under way at once while so many requests are.</summary>
    public uint RetriesFor(int requests) =>
        Budget is null ? Retries : Math.Max(Budget.Least, (uint)(Math.Max(0, requests) * Budget.Percent / 100));

    /// <summary>Istio sets no limits unless asked.</summary>
    public static CircuitLimits None { get; } = new(uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue);
}

/// <summary>How many retries a cluster bears (<c>retry_budget</c>).</summary>
/// <param name="Percent">Of the requests under way.</param>
/// <param name="Least">Retries that are allowed at any time.</param>
internal sealed record RetryBudget(double Percent, uint Least);

/// <summary>The first time of an endpoint (<c>slow_start_config</c>).</summary>
/// <param name="Window">Milliseconds until it has its whole share.</param>
/// <param name="LeastShare">From 0 to 1.</param>
/// <param name="Aggression">1 for growth in proportion to time, more for faster growth at first.</param>
internal sealed record SlowStartModel(long Window, double LeastShare, double Aggression);

/// <summary>Outlier detection; times in milliseconds.</summary>
internal sealed record OutlierModel
{
    public uint ConsecutiveServerErrors { get; init; } = 5;

    public uint ConsecutiveGatewayErrors { get; init; }

    /// <summary>Connections that fail are counted on their own.</summary>
    public bool SplitsLocalErrors { get; init; }

    public uint ConsecutiveLocalErrors { get; init; }

    public long Interval { get; init; } = 10_000;

    public long BaseEjection { get; init; } = 30_000;

    public long MaxEjection { get; init; } = 300_000;

    public uint MaxEjectionPercent { get; init; } = 10;
}

/// <summary>One endpoint.</summary>
internal sealed record EndpointModel
{
    public required IPEndPoint Address { get; init; }

    public string HostName { get; init; } = "";

    public uint Weight { get; init; } = 1;

    public int Priority { get; init; }

    public bool IsHealthy { get; init; } = true;

    /// <summary>Port of health checks (<c>health_check_config</c>); 0 for that of the check, or the address.</summary>
    public int HealthCheckPort { get; init; }

    /// <summary>Host of health checks; empty for that of the check.</summary>
    public string HealthCheckHost { get; init; } = "";

    /// <summary>Health checks leave it alone.</summary>
    public bool IsUnchecked { get; init; }

    /// <summary>Still used by sessions that stick to it, no new ones.</summary>
    public bool IsDraining { get; init; }

    public string Zone { get; init; } = "";

    /// <summary>Region, zone and subzone.</summary>
    public string Locality { get; init; } = "";

    /// <summary>The weight of its locality, for clusters that weigh localities.</summary>
    public uint LocalityWeight { get; init; }

    /// <summary><c>filter_metadata.istio.workload</c>: workload;namespace;canonical name;canonical revision;cluster.</summary>
    public string Workload { get; init; } = "";

    /// <summary><c>filter_metadata.envoy.transport_socket_match</c>, for <see cref="ClusterModel.TlsMatches"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> TransportLabels { get; init; } = [];
}
