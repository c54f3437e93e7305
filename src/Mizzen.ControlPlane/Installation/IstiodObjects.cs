using Mizzen.ControlPlane.Injection;
using Mizzen.Resources;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Reading;

namespace Mizzen.ControlPlane.Installation;

/// <summary>The control plane's configuration, Service and Deployment.</summary>
internal static class IstiodObjects
{
    // 16 MiB, in the runtime's hexadecimal: with thousands of services a quarter of what the runtime would take saves 60 MB and costs no time.
    private const string YoungestGeneration = "1000000";

    public const string Name = "istiod";

    private static readonly Dictionary<string, string> Labels = ObjectText.Labels(("app", "istiod"), ("istio", "pilot"), ("istio.io/rev", "default"), ("release", "istio"));
    private static readonly Dictionary<string, string> Selector = ObjectText.Labels(("app", "istiod"), ("istio", "pilot"));

    public static IEnumerable<Resource> All(InstallOptions options) => [MeshConfiguration(options), ServiceOf(options), DeploymentOf(options)];

    private static ConfigMap MeshConfiguration(InstallOptions options) => new()
    {
        Metadata = ObjectText.Meta("istio", options.Namespace, Labels),
        Data = new Dictionary<string, string>
        {
            ["mesh"] = YamlWriter.Write(ResourceJson.ToNode(options.Mesh)),
            ["meshNetworks"] = "networks: {}\n",
        },
    };

    private static Service ServiceOf(InstallOptions options) => new()
    {
        Metadata = ObjectText.Meta(Name, options.Namespace, Labels),
        Spec = new ServiceSpec
        {
            Selector = Selector,
            Ports =
            [
                ObjectText.Port("grpc-xds", 15010),
                ObjectText.Port("https-dns", 15012),
                ObjectText.Port("https-webhook", 443, 15017),
                ObjectText.Port("http-monitoring", 15014),
            ],
        },
    };

    private static Deployment DeploymentOf(InstallOptions options) => new()
    {
        Metadata = ObjectText.Meta(Name, options.Namespace, Labels),
        Spec = new DeploymentSpec
        {
            Replicas = 1,
            Selector = new LabelSelector { MatchLabels = Selector },
            Template = new PodTemplateSpec
            {
                Metadata = new ObjectMeta
                {
                    Labels = ObjectText.Labels(("app", "istiod"), ("istio", "pilot"), ("istio.io/rev", "default"), ("sidecar.istio.io/inject", "false")),
                    Annotations = ObjectText.Labels(("prometheus.io/port", "15014"), ("prometheus.io/scrape", "true"), ("sidecar.istio.io/inject", "false")),
                },
                Spec = new PodSpec { ServiceAccountName = RoleObjects.IstiodAccount, Containers = [ContainerOf(options)] },
            },
        },
    };

    private static Container ContainerOf(InstallOptions options) => new()
    {
        Name = "discovery",
        Image = options.IstiodImage,
        Args = ["discovery"],
        Ports = [Port(15010), Port(15012), Port(15014), Port(15017)],
        Env =
        [
            ObjectText.Value("REVISION", "default"),
            ObjectText.Field("POD_NAME", "metadata.name"),
            ObjectText.Value("DOTNET_GCGen0MaxBudget", YoungestGeneration),
            ObjectText.Field("POD_NAMESPACE", "metadata.namespace"),
            ObjectText.Field("SERVICE_ACCOUNT", "spec.serviceAccountName"),
            ObjectText.Value("PROXY_IMAGE", options.ProxyImage),
        ],
        ReadinessProbe = new Probe { HttpGet = new HttpGetAction { Path = "/ready", Port = 15014 }, PeriodSeconds = 1, TimeoutSeconds = 5 },
        Resources = new ResourceRequirements { Requests = options.IstiodRequests },
        SecurityContext = new SecurityContext
        {
            AllowPrivilegeEscalation = false,
            Capabilities = new Capabilities { Drop = ["ALL"] },
            ReadOnlyRootFilesystem = true,
            RunAsUser = Names.ProxyUser,
            RunAsGroup = Names.ProxyUser,
            RunAsNonRoot = true,
        },
    };

    private static ContainerPort Port(int port) => new() { Port = port, Protocol = "TCP" };
}
