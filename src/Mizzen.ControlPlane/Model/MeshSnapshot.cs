using Mizzen.ControlPlane.Model.EnvoyFilters;
using Mizzen.ControlPlane.Model.GatewayApi;
using Mizzen.ControlPlane.Model.Ingresses;
using Mizzen.Identity;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Reading;

namespace Mizzen.ControlPlane.Model;

/// <summary>The whole mesh at one moment: immutable, and sharing with its predecessor every part that has not changed.</summary>
public sealed class MeshSnapshot
{
    private const string DefaultRootNamespace = "istio-system";

    private MeshSnapshot(long version, ResourceSet resources)
    {
        Version = version;
        Resources = resources;
    }

    /// <summary>A mesh of nothing.</summary>
    public static MeshSnapshot Empty { get; } = new(0, new ResourceSet());

    /// <summary>Counts snapshots of one source, from 1.</summary>
    public long Version { get; }

    /// <summary>The objects that it was made from.</summary>
    public ResourceSet Resources { get; }

    /// <summary>Settings of the whole mesh.</summary>
    public MeshConfig Mesh => Resources.Mesh;

    /// <summary>What is wrong with objects that were left out or kept in an older version.</summary>
    public IReadOnlyList<Problem> Problems => Resources.Problems;

    /// <summary>The namespace of mesh-wide policy.</summary>
    public string RootNamespace => RootOf(Mesh);

    internal WorkloadIndex Workloads { get; private init; } = WorkloadIndex.Empty;

    internal ServiceRegistry Services { get; private init; } = ServiceRegistry.Empty;

    internal EndpointIndex Endpoints { get; private init; } = EndpointIndex.Empty;

    internal VirtualServiceIndex VirtualServices { get; private init; } = VirtualServiceIndex.Empty;

    internal DestinationRuleIndex DestinationRules { get; private init; } = DestinationRuleIndex.Empty;

    internal GatewayIndex Gateways { get; private init; } = GatewayIndex.Empty;

    internal PolicyIndex Policies { get; private init; } = PolicyIndex.Empty;

    internal GatewayApiMesh GatewayApi { get; private init; } = GatewayApiMesh.Empty;

    internal IngressMesh Ingress { get; private init; } = IngressMesh.Empty;

    /// <summary>Who vouches for the workloads' identities (<c>trustDomain</c>).</summary>
    public TrustDomain TrustDomain { get; private init; } = TrustDomain.ClusterLocal;

    internal PeerAuthenticationIndex PeerAuthentications { get; private init; } = PeerAuthenticationIndex.Empty;

    internal EnvoyFilterIndex EnvoyFilters { get; private init; } = EnvoyFilterIndex.Empty;

    internal SidecarIndex Sidecars { get; private init; } = SidecarIndex.Empty;

    /// <summary>The mesh of these objects.</summary>
    /// <param name="resources">The objects as they are now.</param>
    public static MeshSnapshot Of(ResourceSet resources) => Empty.Next(resources);

    /// <summary>The mesh after a change; what has not changed is taken over.</summary>
    /// <param name="resources">The objects as they are now.</param>
    public MeshSnapshot Next(ResourceSet resources)
    {
        var mesh = resources.Mesh;
        var sameMesh = ReferenceEquals(mesh, Mesh);
        var workloads = Same(set => set.Pods) && Same(set => set.Nodes) ? Workloads : WorkloadIndex.Of(resources.Pods, resources.Nodes, Workloads);
        var services = sameMesh && Same(set => set.Services) && Same(set => set.ServiceEntries)
            ? Services
            : ServiceRegistry.Of(resources.Services, resources.ServiceEntries, mesh.DefaultServiceExportTo, Services);
        var sameEndpoints = ReferenceEquals(services, Services) && ReferenceEquals(workloads, Workloads)
            && Same(set => set.EndpointSlices) && Same(set => set.WorkloadEntries);
        var gatewayApi = GatewayApiOf(resources, services);
        var ingress = IngressOf(resources);
        return new MeshSnapshot(Version + 1, resources)
        {
            GatewayApi = gatewayApi,
            Ingress = ingress,
            Workloads = workloads,
            Services = services,
            Endpoints = sameEndpoints
                ? Endpoints
                : EndpointIndex.Of(services, resources.EndpointSlices, resources.WorkloadEntries, workloads, Endpoints),
            VirtualServices = VirtualServicesOf(resources, gatewayApi, ingress),
            DestinationRules = sameMesh && Same(set => set.DestinationRules)
                ? DestinationRules
                : DestinationRuleIndex.Of(resources.DestinationRules, mesh.DefaultDestinationRuleExportTo, RootOf(mesh), DestinationRules),
            TrustDomain = DomainOf(mesh),
            PeerAuthentications = PeerAuthenticationsOf(resources),
            Policies = PoliciesOf(resources),
            Gateways = GatewaysOf(resources, gatewayApi, ingress),
            EnvoyFilters = sameMesh && Same(set => set.EnvoyFilters) ? EnvoyFilters : EnvoyFilterIndex.Of(resources.EnvoyFilters, RootOf(mesh), EnvoyFilters),
            Sidecars = sameMesh && Same(set => set.Sidecars) ? Sidecars : SidecarIndex.Of(resources.Sidecars, RootOf(mesh)),
        };

        bool Same(Func<ResourceSet, object> part) => ReferenceEquals(part(resources), part(Resources));
    }

    private IngressMesh IngressOf(ResourceSet resources)
    {
        var isSame = ReferenceEquals(resources.Mesh, Mesh) && ReferenceEquals(resources.Ingresses, Resources.Ingresses)
            && ReferenceEquals(resources.Services, Resources.Services);
        return isSame ? Ingress : IngressMesh.Of(resources, RootOf(resources.Mesh), Ingress);
    }

    private VirtualServiceIndex VirtualServicesOf(ResourceSet resources, GatewayApiMesh gatewayApi, IngressMesh ingress)
    {
        var isSame = ReferenceEquals(resources.Mesh, Mesh) && ReferenceEquals(resources.VirtualServices, Resources.VirtualServices)
            && ReferenceEquals(gatewayApi.VirtualServices, GatewayApi.VirtualServices) && ReferenceEquals(ingress.VirtualServices, Ingress.VirtualServices);
        return isSame
            ? VirtualServices
            : VirtualServiceIndex.Of(
                [.. resources.VirtualServices, .. gatewayApi.VirtualServices, .. ingress.VirtualServices], resources.Mesh.DefaultVirtualServiceExportTo, VirtualServices);
    }

    private GatewayIndex GatewaysOf(ResourceSet resources, GatewayApiMesh gatewayApi, IngressMesh ingress)
    {
        var isSame = ReferenceEquals(resources.Gateways, Resources.Gateways) && ReferenceEquals(gatewayApi.Gateways, GatewayApi.Gateways)
            && ReferenceEquals(ingress.Gateways, Ingress.Gateways);
        return isSame ? Gateways : GatewayIndex.Of([.. resources.Gateways, .. gatewayApi.Gateways, .. ingress.Gateways]);
    }

    private PeerAuthenticationIndex PeerAuthenticationsOf(ResourceSet resources) =>
        ReferenceEquals(resources.Mesh, Mesh) && ReferenceEquals(resources.PeerAuthentications, Resources.PeerAuthentications)
            ? PeerAuthentications
            : PeerAuthenticationIndex.Of(resources.PeerAuthentications, RootOf(resources.Mesh));

    private PolicyIndex PoliciesOf(ResourceSet resources)
    {
        var same = ReferenceEquals(resources.Mesh, Mesh) && ReferenceEquals(resources.AuthorizationPolicies, Resources.AuthorizationPolicies)
            && ReferenceEquals(resources.RequestAuthentications, Resources.RequestAuthentications) && ReferenceEquals(resources.KeySets, Resources.KeySets);
        return same ? Policies : PolicyIndex.Of(resources, RootOf(resources.Mesh));
    }

    private GatewayApiMesh GatewayApiOf(ResourceSet resources, ServiceRegistry services)
    {
        var isSame = ReferenceEquals(services, Services) && ReferenceEquals(resources.Services, Resources.Services)
            && ReferenceEquals(resources.Namespaces, Resources.Namespaces) && ReferenceEquals(resources.GatewayClasses, Resources.GatewayClasses)
            && ReferenceEquals(resources.KubernetesGateways, Resources.KubernetesGateways) && ReferenceEquals(resources.HttpRoutes, Resources.HttpRoutes)
            && ReferenceEquals(resources.GrpcRoutes, Resources.GrpcRoutes) && ReferenceEquals(resources.TcpRoutes, Resources.TcpRoutes)
            && ReferenceEquals(resources.UdpRoutes, Resources.UdpRoutes) && ReferenceEquals(resources.BackendTlsPolicies, Resources.BackendTlsPolicies)
            && ReferenceEquals(resources.ListenerSets, Resources.ListenerSets) && ReferenceEquals(resources.TlsRoutes, Resources.TlsRoutes) && ReferenceEquals(resources.Secrets, Resources.Secrets)
            && ReferenceEquals(resources.ConfigMaps, Resources.ConfigMaps) && ReferenceEquals(resources.ReferenceGrants, Resources.ReferenceGrants);
        return isSame ? GatewayApi : GatewayApiMesh.Of(resources, services, GatewayApi);
    }

    private static TrustDomain DomainOf(MeshConfig mesh) =>
        TrustDomain.TryParse(mesh.TrustDomain, out var domain) ? domain : TrustDomain.ClusterLocal;

    private static string RootOf(MeshConfig mesh) => mesh.RootNamespace is { Length: > 0 } root ? root : DefaultRootNamespace;
}
