using System.Text.Json;
using Mizzen.Resources.Networking;

namespace Mizzen.Resources.Mesh;

/// <summary>
/// Settings of the whole mesh (Istio's <c>MeshConfig</c>), written as YAML under the key <c>mesh</c> of the ConfigMap <c>istio</c>.
/// Fields that have no effect yet are not listed; unknown ones are ignored, as Istio does.
/// </summary>
public sealed record MeshConfig
{
    public string? RootNamespace { get; init; }

    public string? TrustDomain { get; init; }

    /// <summary>Other names that the trust domain has had: identities under them are the mesh's, too.</summary>
    public IReadOnlyList<string>? TrustDomainAliases { get; init; }

    public string? AccessLogFile { get; init; }

    /// <summary>TEXT (default) or JSON.</summary>
    public string? AccessLogEncoding { get; init; }

    public string? AccessLogFormat { get; init; }

    public OutboundTrafficPolicy? OutboundTrafficPolicy { get; init; }

    public string? ConnectTimeout { get; init; }

    /// <summary>UPGRADE, or DO_NOT_UPGRADE (default): whether HTTP/1.1 ports of the mesh are called by HTTP/2.</summary>
    public string? H2UpgradePolicy { get; init; }

    public int? ProxyListenPort { get; init; }

    public int? ProxyInboundListenPort { get; init; }

    public LocalityLoadBalancerSetting? LocalityLbSetting { get; init; }

    public HTTPRetry? DefaultHttpRetryPolicy { get; init; }

    public IReadOnlyList<string>? DefaultServiceExportTo { get; init; }

    public IReadOnlyList<string>? DefaultVirtualServiceExportTo { get; init; }

    public IReadOnlyList<string>? DefaultDestinationRuleExportTo { get; init; }

    /// <summary>Services that policies name.</summary>
    public IReadOnlyList<ExtensionProvider>? ExtensionProviders { get; init; }

    public JsonElement? DefaultConfig { get; init; }
}
