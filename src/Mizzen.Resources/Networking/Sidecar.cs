using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Networking;

/// <summary>What the proxies of a namespace see and open (<c>networking.istio.io</c> Sidecar).</summary>
public sealed record Sidecar : Resource
{
    public SidecarSpec? Spec { get; init; }

    public IstioStatus? Status { get; init; }
}

public sealed record SidecarSpec
{
    public WorkloadSelector? WorkloadSelector { get; init; }

    public IReadOnlyList<IstioIngressListener>? Ingress { get; init; }

    public IReadOnlyList<IstioEgressListener>? Egress { get; init; }

    public ConnectionPoolSettings? InboundConnectionPool { get; init; }

    public OutboundTrafficPolicy? OutboundTrafficPolicy { get; init; }
}

public sealed record IstioIngressListener
{
    public Port? Port { get; init; }

    public string? Bind { get; init; }

    public string? CaptureMode { get; init; }

    public string? DefaultEndpoint { get; init; }

    public ServerTLSSettings? Tls { get; init; }

    public ConnectionPoolSettings? ConnectionPool { get; init; }
}

public sealed record IstioEgressListener
{
    public Port? Port { get; init; }

    public string? Bind { get; init; }

    public string? CaptureMode { get; init; }

    public IReadOnlyList<string>? Hosts { get; init; }
}

public sealed record OutboundTrafficPolicy
{
    [AllowedValues("REGISTRY_ONLY", "ALLOW_ANY", "ALLOW_ANY_DYNAMIC_DNS")]
    public string? Mode { get; init; }

    public Destination? EgressProxy { get; init; }
}
