using Mizzen.Resources.Admission;
using Mizzen.Resources.ApiExtensions;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Batch;
using Mizzen.Resources.Coordination;
using Mizzen.Resources.Core;
using Mizzen.Resources.Discovery;
using Mizzen.Resources.GatewayApi;
using Mizzen.Resources.Ingress;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Policy;
using Mizzen.Resources.Rbac;
using Mizzen.Resources.Security;

namespace Mizzen.Resources;

/// <summary>Every kind that Mizzen knows by itself: the one table that the API server, the clients and the mesh read.</summary>
public static class KindCatalog
{
    private static readonly string[] V1 = ["v1"];
    private static readonly string[] IstioVersions = ["v1", "v1beta1", "v1alpha3"];
    private static readonly string[] GatewayVersions = ["v1", "v1beta1"];
    private static readonly string[] CategoryAll = ["all"];
    private static readonly PrinterColumn Accepted = Column("Accepted", ".status.conditions[?(@.type==\"Accepted\")].status");

    /// <summary>The kinds: those of Kubernetes first, then those that CustomResourceDefinitions bring.</summary>
    public static IReadOnlyList<ResourceKind> All { get; } =
    [
        Core<Namespace>("namespaces", ["ns"], namespaced: false, status: true),
        Core<Node>("nodes", ["no"], namespaced: false, status: true),
        Core<Pod>("pods", ["po"], status: true, categories: CategoryAll),
        Core<Service>("services", ["svc"], status: true, categories: CategoryAll),
        Core<Endpoints>("endpoints", ["ep"]),
        Core<ConfigMap>("configmaps", ["cm"]),
        Core<Secret>("secrets", []),
        Core<ServiceAccount>("serviceaccounts", ["sa"]),
        Core<Event>("events", ["ev"]),
        BuiltIn<Deployment>("apps", "deployments", ["deploy"], status: true, scale: true, categories: CategoryAll),
        BuiltIn<ReplicaSet>("apps", "replicasets", ["rs"], status: true, scale: true, categories: CategoryAll),
        BuiltIn<DaemonSet>("apps", "daemonsets", ["ds"], status: true, categories: CategoryAll),
        BuiltIn<StatefulSet>("apps", "statefulsets", ["sts"], status: true, scale: true, categories: CategoryAll),
        BuiltIn<ControllerRevision>("apps", "controllerrevisions", []),
        BuiltIn<Job>("batch", "jobs", [], status: true, categories: CategoryAll),
        BuiltIn<PodDisruptionBudget>("policy", "poddisruptionbudgets", ["pdb"], status: true),
        BuiltIn<EndpointSlice>("discovery.k8s.io", "endpointslices", []),
        BuiltIn<Lease>("coordination.k8s.io", "leases", []),
        BuiltIn<MutatingWebhookConfiguration>("admissionregistration.k8s.io", "mutatingwebhookconfigurations", [], namespaced: false),
        BuiltIn<ValidatingWebhookConfiguration>("admissionregistration.k8s.io", "validatingwebhookconfigurations", [], namespaced: false),
        BuiltIn<CustomResourceDefinition>("apiextensions.k8s.io", "customresourcedefinitions", ["crd", "crds"], namespaced: false, status: true),
        BuiltIn<Role>("rbac.authorization.k8s.io", "roles", []),
        BuiltIn<RoleBinding>("rbac.authorization.k8s.io", "rolebindings", []),
        BuiltIn<ClusterRole>("rbac.authorization.k8s.io", "clusterroles", [], namespaced: false),
        BuiltIn<ClusterRoleBinding>("rbac.authorization.k8s.io", "clusterrolebindings", [], namespaced: false),
        BuiltIn<KubernetesIngress>("networking.k8s.io", "ingresses", ["ing"], status: true) with { Kind = "Ingress", Singular = "ingress" },
        Istio<VirtualService>("networking.istio.io", "virtualservices", ["vs"], Column("Gateways", ".spec.gateways"), Column("Hosts", ".spec.hosts")),
        Istio<DestinationRule>("networking.istio.io", "destinationrules", ["dr"], Column("Host", ".spec.host")),
        Istio<Gateway>("networking.istio.io", "gateways", ["gw"]),
        Istio<ServiceEntry>(
            "networking.istio.io", "serviceentries", ["se"], Column("Hosts", ".spec.hosts"), Column("Location", ".spec.location"), Column("Resolution", ".spec.resolution")),
        Istio<Sidecar>("networking.istio.io", "sidecars", []),
        Istio<WorkloadEntry>("networking.istio.io", "workloadentries", ["we"], Column("Address", ".spec.address")),
        Istio<WorkloadGroup>("networking.istio.io", "workloadgroups", ["wg"]),
        Istio<EnvoyFilter>("networking.istio.io", "envoyfilters", []) with { Version = "v1alpha3", ServedVersions = ["v1alpha3"] },
        Istio<ProxyConfig>("networking.istio.io", "proxyconfigs", []) with { Version = "v1beta1", ServedVersions = ["v1beta1"] },
        Istio<PeerAuthentication>("security.istio.io", "peerauthentications", ["pa"]) with { ServedVersions = ["v1", "v1beta1"] },
        Istio<RequestAuthentication>("security.istio.io", "requestauthentications", ["ra"]) with { ServedVersions = ["v1", "v1beta1"] },
        Istio<AuthorizationPolicy>("security.istio.io", "authorizationpolicies", ["ap"]) with { ServedVersions = ["v1", "v1beta1"] },
        GatewayApi<GatewayClass>("GatewayClass", "gatewayclasses", ["gc"], GatewayVersions, Column("Controller", ".spec.controllerName"), Accepted) with { Namespaced = false },
        GatewayApi<KubernetesGateway>(
            "Gateway", "gateways", ["gtw"], GatewayVersions, Column("Class", ".spec.gatewayClassName"), Column("Address", ".status.addresses[*].value"),
            Column("Programmed", ".status.conditions[?(@.type==\"Programmed\")].status")),
        GatewayApi<ListenerSet>("ListenerSet", "listenersets", ["lset"], V1, Accepted, Column("Programmed", ".status.conditions[?(@.type==\"Programmed\")].status")),
        GatewayApi<KubernetesHttpRoute>("HTTPRoute", "httproutes", [], GatewayVersions, Column("Hostnames", ".spec.hostnames")),
        GatewayApi<KubernetesGrpcRoute>("GRPCRoute", "grpcroutes", [], V1, Column("Hostnames", ".spec.hostnames")),
        GatewayApi<KubernetesTcpRoute>("TCPRoute", "tcproutes", [], ["v1", "v1alpha2"]),
        GatewayApi<KubernetesTlsRoute>("TLSRoute", "tlsroutes", [], ["v1", "v1alpha3", "v1alpha2"], Column("Hostnames", ".spec.hostnames")),
        GatewayApi<KubernetesUdpRoute>("UDPRoute", "udproutes", [], ["v1alpha2"]) with { Version = "v1alpha2" },
        GatewayApi<BackendTlsPolicy>("BackendTLSPolicy", "backendtlspolicies", ["btlspolicy"], ["v1", "v1alpha3"]),
        GatewayApi<ReferenceGrant>("ReferenceGrant", "referencegrants", ["refgrant"], GatewayVersions) with { HasStatus = false },
        Istio<Telemetry>("telemetry.istio.io", "telemetries", ["telemetry"]) with { ServedVersions = ["v1", "v1alpha1"] },
    ];

    private static readonly Dictionary<Type, ResourceKind> ByType = All.ToDictionary(kind => kind.ClrType);

    /// <summary>The kind that a record carries.</summary>
    /// <exception cref="KeyNotFoundException">The record is not a kind of its own.</exception>
    public static ResourceKind Of<T>()
        where T : Resource => ByType[typeof(T)];

    /// <summary>The kind of that name in a served version, or null.</summary>
    public static ResourceKind? Find(string group, string version, string kind) =>
        All.FirstOrDefault(candidate => candidate.Group == group && candidate.Kind == kind && candidate.ServedVersions.Contains(version));

    /// <summary>The kind whose plural a path carries, in a served version, or null.</summary>
    public static ResourceKind? FindByResource(string group, string version, string plural) =>
        All.FirstOrDefault(candidate => candidate.Group == group && candidate.Plural == plural && candidate.ServedVersions.Contains(version));

    private static ResourceKind Core<T>(
        string plural, string[] shortNames, bool namespaced = true, bool status = false, string[]? categories = null)
        where T : Resource => BuiltIn<T>("", plural, shortNames, namespaced, status, scale: false, categories);

    private static ResourceKind BuiltIn<T>(
        string group,
        string plural,
        string[] shortNames,
        bool namespaced = true,
        bool status = false,
        bool scale = false,
        string[]? categories = null)
        where T : Resource =>
        new(group, "v1", V1, typeof(T).Name, plural, SingularOf<T>(), shortNames, categories ?? [], namespaced, status, scale, BuiltIn: true, typeof(T));

    private static ResourceKind Istio<T>(string group, string plural, string[] shortNames, params PrinterColumn[] columns)
        where T : Resource =>
        new(
            group, "v1", IstioVersions, typeof(T).Name, plural, SingularOf<T>(), shortNames, ["istio-io", "networking-istio-io"],
            Namespaced: true, HasStatus: true, HasScale: false, BuiltIn: false, typeof(T))
        {
            PrinterColumns = [.. columns, new PrinterColumn { Name = "Age", Type = "date", JsonPath = ".metadata.creationTimestamp" }],
        };

    private static ResourceKind GatewayApi<T>(string kind, string plural, string[] shortNames, string[] versions, params PrinterColumn[] columns)
        where T : Resource =>
        new(
            "gateway.networking.k8s.io", "v1", versions, kind, plural, kind.ToLowerInvariant(), shortNames, ["gateway-api"],
            Namespaced: true, HasStatus: true, HasScale: false, BuiltIn: false, typeof(T))
        {
            PrinterColumns = [.. columns, new PrinterColumn { Name = "Age", Type = "date", JsonPath = ".metadata.creationTimestamp" }],
        };

    private static string SingularOf<T>() => typeof(T).Name.ToLowerInvariant();

    private static PrinterColumn Column(string name, string jsonPath) => new() { Name = name, Type = "string", JsonPath = jsonPath };
}
