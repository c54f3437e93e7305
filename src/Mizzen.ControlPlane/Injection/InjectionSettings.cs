using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Injection;

/// <summary>What the injector puts into pods, beside what a pod's own annotations say. Names and defaults are those of Istio's chart.</summary>
public sealed record InjectionSettings
{
    /// <summary>The image of the proxy and of the init container (<c>global.proxy.image</c>).</summary>
    public string Image { get; init; } = "mizzen/proxyv2";

    /// <summary>Where the control plane runs (<c>global.istioNamespace</c>).</summary>
    public string ControlPlaneNamespace { get; init; } = "istio-system";

    /// <summary>The revision that injected pods belong to.</summary>
    public string Revision { get; init; } = "default";

    /// <summary>The cluster's DNS domain, also the trust domain and the mesh's id.</summary>
    public string Domain { get; init; } = "cluster.local";

    /// <summary>The name of the cluster in a mesh of several.</summary>
    public string ClusterId { get; init; } = "Kubernetes";

    /// <summary>What the proxy container asks for; small, so that many fit on one machine.</summary>
    public IReadOnlyDictionary<string, IntOrString> Requests { get; init; } = new Dictionary<string, IntOrString> { ["cpu"] = "10m", ["memory"] = "16Mi" };

    /// <summary>What the proxy container may use at most.</summary>
    public IReadOnlyDictionary<string, IntOrString> Limits { get; init; } = new Dictionary<string, IntOrString> { ["cpu"] = "2", ["memory"] = "1Gi" };

    /// <summary>Settings of the whole mesh; <see cref="MeshConfig.DefaultConfig"/> are the proxies' settings.</summary>
    public MeshConfig Mesh { get; init; } = new();

    /// <summary>Settings of the proxies of the mesh, of namespaces and of workloads.</summary>
    public IReadOnlyList<ProxyConfig> ProxyConfigs { get; init; } = [];

    /// <summary>Injection is on unless the namespace says otherwise (<c>enableNamespacesByDefault</c>, the policy of the template).</summary>
    public bool InjectsByDefault { get; init; } = true;

    /// <summary>Pods with these labels are never injected (<c>neverInjectSelector</c>).</summary>
    public IReadOnlyList<LabelSelector> NeverInject { get; init; } = [];

    /// <summary>Pods with these labels are always injected (<c>alwaysInjectSelector</c>).</summary>
    public IReadOnlyList<LabelSelector> AlwaysInject { get; init; } = [];

    /// <summary>The proxies' settings where a pod says nothing.</summary>
    internal JsonObject DefaultProxyConfig() =>
        Mesh.DefaultConfig is { ValueKind: JsonValueKind.Object } config ? JsonObject.Create(config)! : [];
}
