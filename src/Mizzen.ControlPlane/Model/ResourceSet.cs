using System.Collections.Frozen;
using Mizzen.Resources.Core;
using Mizzen.Resources.Discovery;
using Mizzen.Resources.GatewayApi;
using Mizzen.Resources.Ingress;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Security;

namespace Mizzen.ControlPlane.Model;

/// <summary>
/// The objects that a mesh is made of, as they are at one moment. A kind that has not changed keeps its list (the same reference), and
/// so do the parts of a <see cref="MeshSnapshot"/> that are made from it.
/// </summary>
public sealed record ResourceSet
{
    /// <summary><c>core/v1</c> Services of all namespaces.</summary>
    public IReadOnlyList<Service> Services { get; init; } = [];

    /// <summary><c>discovery.k8s.io/v1</c> EndpointSlices.</summary>
    public IReadOnlyList<EndpointSlice> EndpointSlices { get; init; } = [];

    /// <summary><c>core/v1</c> Pods: labels, owners and nodes of endpoints.</summary>
    public IReadOnlyList<Pod> Pods { get; init; } = [];

    /// <summary><c>core/v1</c> Namespaces.</summary>
    public IReadOnlyList<Namespace> Namespaces { get; init; } = [];

    /// <summary><c>core/v1</c> Nodes: regions and zones.</summary>
    public IReadOnlyList<Node> Nodes { get; init; } = [];

    /// <summary><c>networking.istio.io</c> VirtualServices, invalid ones left out.</summary>
    public IReadOnlyList<VirtualService> VirtualServices { get; init; } = [];

    /// <summary><c>networking.istio.io</c> DestinationRules, invalid ones left out.</summary>
    public IReadOnlyList<DestinationRule> DestinationRules { get; init; } = [];

    /// <summary><c>networking.istio.io</c> ServiceEntries, invalid ones left out.</summary>
    public IReadOnlyList<ServiceEntry> ServiceEntries { get; init; } = [];

    /// <summary><c>networking.istio.io</c> WorkloadEntries.</summary>
    public IReadOnlyList<WorkloadEntry> WorkloadEntries { get; init; } = [];

    /// <summary><c>networking.istio.io</c> Gateways, invalid ones left out.</summary>
    public IReadOnlyList<Gateway> Gateways { get; init; } = [];

    /// <summary><c>networking.istio.io</c> Sidecars, invalid ones left out.</summary>
    public IReadOnlyList<Sidecar> Sidecars { get; init; } = [];

    /// <summary><c>networking.istio.io</c> ProxyConfigs, invalid ones left out.</summary>
    public IReadOnlyList<ProxyConfig> ProxyConfigs { get; init; } = [];

    /// <summary><c>networking.istio.io</c> EnvoyFilters, invalid ones left out.</summary>
    public IReadOnlyList<EnvoyFilter> EnvoyFilters { get; init; } = [];

    /// <summary><c>networking.k8s.io</c> Ingresses.</summary>
    public IReadOnlyList<KubernetesIngress> Ingresses { get; init; } = [];

    /// <summary><c>security.istio.io</c> AuthorizationPolicies, invalid ones left out.</summary>
    public IReadOnlyList<AuthorizationPolicy> AuthorizationPolicies { get; init; } = [];

    /// <summary><c>security.istio.io</c> RequestAuthentications, invalid ones left out.</summary>
    public IReadOnlyList<RequestAuthentication> RequestAuthentications { get; init; } = [];

    /// <summary>The keys of issuers of tokens (RFC 7517), by where they were fetched; what could not be fetched is not there.</summary>
    public IReadOnlyDictionary<string, string> KeySets { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary><c>gateway.networking.k8s.io</c> GatewayClasses.</summary>
    public IReadOnlyList<GatewayClass> GatewayClasses { get; init; } = [];

    /// <summary><c>gateway.networking.k8s.io</c> Gateways.</summary>
    public IReadOnlyList<KubernetesGateway> KubernetesGateways { get; init; } = [];

    /// <summary><c>gateway.networking.k8s.io</c> ListenerSets.</summary>
    public IReadOnlyList<ListenerSet> ListenerSets { get; init; } = [];

    /// <summary><c>gateway.networking.k8s.io</c> HTTPRoutes.</summary>
    public IReadOnlyList<KubernetesHttpRoute> HttpRoutes { get; init; } = [];

    /// <summary><c>gateway.networking.k8s.io</c> GRPCRoutes.</summary>
    public IReadOnlyList<KubernetesGrpcRoute> GrpcRoutes { get; init; } = [];

    /// <summary><c>gateway.networking.k8s.io</c> TCPRoutes.</summary>
    public IReadOnlyList<KubernetesTcpRoute> TcpRoutes { get; init; } = [];

    /// <summary><c>gateway.networking.k8s.io</c> TLSRoutes.</summary>
    public IReadOnlyList<KubernetesTlsRoute> TlsRoutes { get; init; } = [];

    /// <summary><c>gateway.networking.k8s.io</c> UDPRoutes.</summary>
    public IReadOnlyList<KubernetesUdpRoute> UdpRoutes { get; init; } = [];

    /// <summary><c>gateway.networking.k8s.io</c> BackendTLSPolicies.</summary>
    public IReadOnlyList<BackendTlsPolicy> BackendTlsPolicies { get; init; } = [];

    /// <summary><c>gateway.networking.k8s.io</c> ReferenceGrants.</summary>
    public IReadOnlyList<ReferenceGrant> ReferenceGrants { get; init; } = [];

    /// <summary><c>security.istio.io</c> PeerAuthentications.</summary>
    public IReadOnlyList<PeerAuthentication> PeerAuthentications { get; init; } = [];

    /// <summary><c>core/v1</c> Secrets that may hold certificates of gateways.</summary>
    public IReadOnlyList<Secret> Secrets { get; init; } = [];

    /// <summary><c>core/v1</c> ConfigMaps that may hold certificates of authorities (<c>ca.crt</c>).</summary>
    public IReadOnlyList<ConfigMap> ConfigMaps { get; init; } = [];

    /// <summary>Settings of the whole mesh.</summary>
    public MeshConfig Mesh { get; init; } = new();

    /// <summary>What is wrong with objects that were left out or kept in an older version.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];
}
