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

    /// <summary>The class of Ingresses that are ours; <c>istio</c> where it is not given.</summary>
    public string? IngressClass { get; init; }

    /// <summary>OFF, DEFAULT (Ingresses without a class are ours, too) or STRICT (default).</summary>
    public string? IngressControllerMode { get; init; }

    /// <summary>The Service whose addresses Ingresses show; <c>istio-ingressgateway</c> where it is not given.</summary>
    public string? IngressService { get; init; }

    /// <summary>The value of the label <c>istio</c> of the pods that serve Ingresses; <c>ingressgateway</c> where it is not given.</summary>
    public string? IngressSelector { get; init; }

    public JsonElement? DefaultConfig { get; init; }
}
