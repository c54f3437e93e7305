using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.Resources.Security;

/// <summary>Whether workloads take mutual TLS, plain text or both (<c>security.istio.io</c> PeerAuthentication).</summary>
public sealed record PeerAuthentication : Resource
{
    public PeerAuthenticationSpec? Spec { get; init; }

    public IstioStatus? Status { get; init; }
}

public sealed record PeerAuthenticationSpec
{
    public PeerAuthenticationSelector? Selector { get; init; }

    public PeerAuthenticationMutualTls? Mtls { get; init; }

    /// <summary>By the port of the container, not of the Service; only with a selector.</summary>
    public IReadOnlyDictionary<string, PeerAuthenticationMutualTls>? PortLevelMtls { get; init; }
}

public sealed record PeerAuthenticationSelector
{
    public IReadOnlyDictionary<string, string>? MatchLabels { get; init; }
}

public sealed record PeerAuthenticationMutualTls
{
    /// <summary>UNSET takes what the namespace or the mesh says; their default is PERMISSIVE.</summary>
    [AllowedValues("UNSET", "DISABLE", "PERMISSIVE", "STRICT")]
    public string? Mode { get; init; }
}
