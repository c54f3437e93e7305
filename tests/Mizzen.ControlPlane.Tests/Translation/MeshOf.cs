using System.Net;
using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Discovery;
using Mizzen.Resources.GatewayApi;
using Mizzen.Resources.Ingress;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Security;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>
/// A mesh from YAML. What a cluster's controllers would add is added: pods of Deployments, addresses of Services, their EndpointSlices.
/// Later objects replace earlier ones of the same name, as <c>kubectl apply</c> does.
/// </summary>
internal sealed class MeshOf
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly Dictionary<(string Kind, string Namespace, string Name), JsonObject> _objects = [];
    private int _applied;

    public static MeshSnapshot Yaml(params string[] yaml) => new MeshOf().Apply(yaml).Snapshot();

    public MeshOf Apply(params string[] yaml)
    {
        foreach (var document in yaml.SelectMany(text => Read(text).Documents))
        {
            var metadata = (JsonObject)document.Node["metadata"]!;
            metadata["namespace"] ??= "default";
            metadata["creationTimestamp"] ??= ResourceJson.ToNode(new ObjectMeta { CreationTimestamp = Start.AddSeconds(_applied++) })["creationTimestamp"]!.DeepClone();
            _objects[((string)document.Node["kind"]!, (string)metadata["namespace"]!, (string)metadata["name"]!)] = document.Node;
        }

        return this;
    }

    public MeshSnapshot Snapshot() => MeshSnapshot.Of(Resources());

    public ResourceSet Resources()
    {
        var pods = All<Deployment>().SelectMany(PodsOf).Concat(All<Pod>()).Select(WithAddress).ToList();
        var services = All<Service>().Select(WithAddress).ToList();
        return new ResourceSet
        {
            Services = services,
            Pods = pods,
            EndpointSlices = [.. services.Where(service => service.Spec?.Selector is not null).Select(service => SliceOf(service, pods)), .. All<EndpointSlice>()],
            Namespaces = All<Namespace>(),
            Nodes = All<Node>(),
            VirtualServices = All<VirtualService>(),
            DestinationRules = All<DestinationRule>(),
            ServiceEntries = All<ServiceEntry>(),
            WorkloadEntries = All<WorkloadEntry>(),
            Gateways = All<Gateway>(),
            Sidecars = All<Sidecar>(),
            ProxyConfigs = All<ProxyConfig>(),
            EnvoyFilters = All<EnvoyFilter>(),
            Ingresses = All<KubernetesIngress>(),
            GatewayClasses = All<GatewayClass>(),
            KubernetesGateways = All<KubernetesGateway>(),
            ListenerSets = All<ListenerSet>(),
            HttpRoutes = All<KubernetesHttpRoute>(),
            GrpcRoutes = All<KubernetesGrpcRoute>(),
            TcpRoutes = All<KubernetesTcpRoute>(),
            TlsRoutes = All<KubernetesTlsRoute>(),
            UdpRoutes = All<KubernetesUdpRoute>(),
            BackendTlsPolicies = All<BackendTlsPolicy>(),
            ReferenceGrants = All<ReferenceGrant>(),
            AuthorizationPolicies = All<AuthorizationPolicy>(),
            RequestAuthentications = All<RequestAuthentication>(),
            PeerAuthentications = All<PeerAuthentication>(),
            Secrets = All<Secret>(),
            ConfigMaps = [.. All<ConfigMap>().Where(map => map.Data?.ContainsKey("ca.crt") == true)],
            Mesh = Mesh(),
        };
    }

    /// <summary>The proxy of a pod that the mesh has.</summary>
    public static ProxyView Proxy(MeshSnapshot mesh, string podPrefix, ProxyType type = ProxyType.Sidecar)
    {
        var pod = mesh.Resources.Pods.First(pod => pod.Metadata.Name!.StartsWith(podPrefix, StringComparison.Ordinal));
        return new ProxyView(
            type, IPAddress.Parse(pod.Status!.PodIp!), pod.Metadata.Name!, pod.Metadata.Namespace!, pod.Metadata.Labels ?? new Dictionary<string, string>());
    }

    private static ReadResult Read(string text)
    {
        var read = ResourceReader.Read(text, "test");
        Assert.Empty(read.Problems);
        return read;
    }

    private List<T> All<T>()
        where T : Resource =>
        [.. _objects.Where(entry => entry.Key.Kind == KindCatalog.Of<T>().Kind && entry.Value["apiVersion"]!.ToString().StartsWith(KindCatalog.Of<T>().Group, StringComparison.Ordinal)).OrderBy(entry => entry.Key).Select(entry => ResourceJson.FromNode<T>(entry.Value))];

    private MeshConfig Mesh()
    {
        var text = All<ConfigMap>().FirstOrDefault(map => map.Metadata.Name == "istio")?.Data?["mesh"];
        return text is null ? new MeshConfig() : ResourceJson.FromNode<MeshConfig>(ResourceReader.ReadValue(text, "mesh")!);
    }

    private static IEnumerable<Pod> PodsOf(Deployment deployment)
    {
        const string hash = "5d4f8c7b9";
        for (var i = 0; i < (deployment.Spec!.Replicas ?? 1); i++)
        {
            yield return new Pod
            {
                Metadata = new ObjectMeta
                {
                    Name = $"{deployment.Metadata.Name}-{hash}-{i}",
                    Namespace = deployment.Metadata.Namespace,
                    Labels = new SortedDictionary<string, string>(deployment.Spec.Template!.Metadata!.Labels!.ToDictionary()) { ["pod-template-hash"] = hash },
                    OwnerReferences =
                    [
                        new OwnerReference { ApiVersion = "apps/v1", Kind = "ReplicaSet", Name = $"{deployment.Metadata.Name}-{hash}", Uid = "1", Controller = true },
                    ],
                },
                Spec = deployment.Spec.Template.Spec,
            };
        }
    }

    private static Pod WithAddress(Pod pod, int index) =>
        pod.Status?.PodIp is null ? pod with { Status = new PodStatus { PodIp = $"10.244.{index / 250}.{(index % 250) + 2}", Phase = "Running" } } : pod;

    private static Service WithAddress(Service service, int index) => service.Spec!.ClusterIp is null && service.Spec.Type != "ExternalName"
        ? service with { Spec = service.Spec with { ClusterIp = $"10.96.{index / 250}.{(index % 250) + 11}" } }
        : service;

    private static EndpointSlice SliceOf(Service service, IEnumerable<Pod> pods)
    {
        var ns = service.Metadata.Namespace;
        var selected = pods.Where(pod => pod.Metadata.Namespace == ns && Labels.Include(pod.Metadata.Labels, service.Spec!.Selector)).ToList();
        return new EndpointSlice
        {
            Metadata = new ObjectMeta
            {
                Name = service.Metadata.Name + "-1",
                Namespace = ns,
                Labels = new Dictionary<string, string> { ["kubernetes.io/service-name"] = service.Metadata.Name! },
            },
            AddressType = "IPv4",
            Ports = [.. service.Spec!.Ports!.Select(port => new EndpointPort { Name = port.Name, Port = Number(port, selected), Protocol = port.Protocol })],
            Endpoints =
            [
                .. selected.Select(pod => new Endpoint
                {
                    Addresses = [pod.Status!.PodIp!],
                    NodeName = pod.Spec?.NodeName,
                    Conditions = new EndpointConditions { Ready = pod.Status.Conditions?.FirstOrDefault(condition => condition.Type == "Ready")?.Status != "False" },
                    TargetRef = new ObjectReference { Kind = "Pod", Name = pod.Metadata.Name, Namespace = ns },
                }),
            ],
        };
    }

    private static int Number(ServicePort port, List<Pod> pods) => port.TargetPort is not { } target
        ? port.Port
        : target.Number ?? pods.SelectMany(pod => pod.Spec!.Containers![0].Ports ?? []).FirstOrDefault(candidate => candidate.Name == target.Text)?.Port ?? port.Port;
}
