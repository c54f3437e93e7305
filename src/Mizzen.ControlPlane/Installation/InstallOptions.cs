using Mizzen.Resources.Mesh;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Installation;

/// <summary>What is installed into a cluster. The defaults are Istio's names, with requests so small that a laptop fits them.</summary>
public sealed record InstallOptions
{
    /// <summary>Where the control plane and the gateway live.</summary>
    public string Namespace { get; init; } = "istio-system";

    /// <summary>The control plane's image.</summary>
    public string IstiodImage { get; init; } = "mizzen/istiod";

    /// <summary>The proxy's image.</summary>
    public string ProxyImage { get; init; } = "mizzen/proxyv2";

    /// <summary>Whether there is an ingress gateway (profile <c>default</c>; <c>minimal</c> has none).</summary>
    public bool IngressGateway { get; init; } = true;

    /// <summary>The mesh configuration (ConfigMap <c>istio</c>, key <c>mesh</c>).</summary>
    public MeshConfig Mesh { get; init; } = new() { RootNamespace = "istio-system", TrustDomain = "cluster.local" };

    /// <summary>What istiod asks for.</summary>
    public IReadOnlyDictionary<string, IntOrString> IstiodRequests { get; init; } = new Dictionary<string, IntOrString> { ["cpu"] = "10m", ["memory"] = "64Mi" };

    /// <summary>What the gateway asks for.</summary>
    public IReadOnlyDictionary<string, IntOrString> GatewayRequests { get; init; } = new Dictionary<string, IntOrString> { ["cpu"] = "10m", ["memory"] = "16Mi" };
}
