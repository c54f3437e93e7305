using System.Text.Json;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Networking;

/// <summary>What happens to traffic for a host once it is routed (<c>networking.istio.io</c> DestinationRule).</summary>
public sealed record DestinationRule : Resource
{
    public DestinationRuleSpec? Spec { get; init; }

    public IstioStatus? Status { get; init; }
}

public sealed record DestinationRuleSpec
{
    public string? Host { get; init; }

    public TrafficPolicy? TrafficPolicy { get; init; }

    public IReadOnlyList<Subset>? Subsets { get; init; }

    public IReadOnlyList<string>? ExportTo { get; init; }

    public LabelSelector? WorkloadSelector { get; init; }
}

public sealed record Subset
{
    public string? Name { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public TrafficPolicy? TrafficPolicy { get; init; }
}

public sealed record TrafficPolicy
{
    public LoadBalancerSettings? LoadBalancer { get; init; }

    public ConnectionPoolSettings? ConnectionPool { get; init; }

    public OutlierDetection? OutlierDetection { get; init; }

    public ClientTLSSettings? Tls { get; init; }

    public IReadOnlyList<PortTrafficPolicy>? PortLevelSettings { get; init; }

    public JsonElement? Tunnel { get; init; }

    public JsonElement? ProxyProtocol { get; init; }

    public RetryBudget? RetryBudget { get; init; }
}

/// <summary>How many requests may be retries at a time (Istio's <c>TrafficPolicy.RetryBudget</c>).</summary>
public sealed record RetryBudget
{
    /// <summary>Share of the requests under way, in percent; 20 where it is not given.</summary>
    public double? Percent { get; init; }

    /// <summary>So many are always allowed; 3 where it is not given.</summary>
    public int? MinRetryConcurrency { get; init; }

    public string? BudgetInterval { get; init; }
}

public sealed record PortTrafficPolicy
{
    public PortSelector? Port { get; init; }

    public LoadBalancerSettings? LoadBalancer { get; init; }

    public ConnectionPoolSettings? ConnectionPool { get; init; }

    public OutlierDetection? OutlierDetection { get; init; }

    public ClientTLSSettings? Tls { get; init; }
}

public sealed record LoadBalancerSettings
{
    [AllowedValues("UNSPECIFIED", "LEAST_CONN", "RANDOM", "PASSTHROUGH", "ROUND_ROBIN", "LEAST_REQUEST")]
    public string? Simple { get; init; }

    public ConsistentHashLB? ConsistentHash { get; init; }

    public LocalityLoadBalancerSetting? LocalityLbSetting { get; init; }

    public string? WarmupDurationSecs { get; init; }

    public WarmupConfiguration? Warmup { get; init; }
}

public sealed record ConnectionPoolSettings
{
    public TcpSettings? Tcp { get; init; }

    public HttpSettings? Http { get; init; }
}

public sealed record TcpSettings
{
    public int? MaxConnections { get; init; }

    public string? ConnectTimeout { get; init; }

    public TcpKeepalive? TcpKeepalive { get; init; }

    public string? MaxConnectionDuration { get; init; }

    public string? IdleTimeout { get; init; }
}

/// <summary>Questions of the kernel to a silent peer (<c>TcpKeepalive</c>); what is absent is the system's setting.</summary>
public sealed record TcpKeepalive
{
    /// <summary>Questions without answer after which the connection is dead.</summary>
    public int? Probes { get; init; }

    /// <summary>A duration: how long a connection is silent before the first question.</summary>
    public string? Time { get; init; }

    /// <summary>A duration: between questions.</summary>
    public string? Interval { get; init; }
}

public sealed record HttpSettings
{
    public int? Http1MaxPendingRequests { get; init; }

    public int? Http2MaxRequests { get; init; }

    public int? MaxRequestsPerConnection { get; init; }

    public int? MaxRetries { get; init; }

    public string? IdleTimeout { get; init; }

    [AllowedValues("DEFAULT", "DO_NOT_UPGRADE", "UPGRADE")]
    public string? H2UpgradePolicy { get; init; }

    public bool? UseClientProtocol { get; init; }

    public int? MaxConcurrentStreams { get; init; }
}

public sealed record OutlierDetection
{
    public bool? SplitExternalLocalOriginErrors { get; init; }

    public int? ConsecutiveLocalOriginFailures { get; init; }

    public int? ConsecutiveGatewayErrors { get; init; }

    public int? Consecutive5xxErrors { get; init; }

    public int? ConsecutiveErrors { get; init; }

    public string? Interval { get; init; }

    public string? BaseEjectionTime { get; init; }

    public int? MaxEjectionPercent { get; init; }

    public int? MinHealthPercent { get; init; }
}

public sealed record ClientTLSSettings
{
    [AllowedValues("DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL")]
    public string? Mode { get; init; }

    public string? ClientCertificate { get; init; }

    public string? PrivateKey { get; init; }

    public string? CaCertificates { get; init; }

    public string? CredentialName { get; init; }

    public IReadOnlyList<string>? SubjectAltNames { get; init; }

    public string? Sni { get; init; }

    public bool? InsecureSkipVerify { get; init; }

    public string? CaCrl { get; init; }
}
