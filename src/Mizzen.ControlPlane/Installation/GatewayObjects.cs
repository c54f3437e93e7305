using Mizzen.ControlPlane.Injection;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Installation;

/// <summary>The ingress gateway: a proxy of its own behind a Service of type LoadBalancer.</summary>
internal static class GatewayObjects
{
    public const string Name = "istio-ingressgateway";

    private static readonly Dictionary<string, string> Selector = ObjectText.Labels(("app", Name), ("istio", "ingressgateway"));

    public static IEnumerable<Resource> All(InstallOptions options) => [ServiceOf(options), DeploymentOf(options)];

    private static Service ServiceOf(InstallOptions options) => new()
    {
        Metadata = ObjectText.Meta(Name, options.Namespace, Selector),
        Spec = new ServiceSpec
        {
            Type = "LoadBalancer",
            Selector = Selector,
            Ports = [ObjectText.Port("status-port", 15021, 15021), ObjectText.Port("http2", 80, 8080), ObjectText.Port("https", 443, 8443)],
        },
    };

    private static Deployment DeploymentOf(InstallOptions options) => new()
    {
        Metadata = ObjectText.Meta(Name, options.Namespace, Selector),
        Spec = new DeploymentSpec
        {
            Replicas = 1,
            Selector = new LabelSelector { MatchLabels = Selector },
            Template = new PodTemplateSpec
            {
                Metadata = new ObjectMeta
                {
                    Labels = ObjectText.Labels(
                        ("app", Name),
                        ("istio", "ingressgateway"),
                        ("istio.io/rev", "default"),
                        (Names.CanonicalName, Name),
                        (Names.CanonicalRevision, "latest"),
                        (Names.Inject, "false")),
                    Annotations = ObjectText.Labels(
                        (Names.PrometheusPort, "15020"), (Names.PrometheusScrape, "true"), (Names.PrometheusPath, "/stats/prometheus"), (Names.Inject, "false")),
                },
                Spec = new PodSpec
                {
                    ServiceAccountName = RoleObjects.GatewayAccount,
                    Containers = [ContainerOf(options)],
                    Volumes = ProxyVolumes.All(),
                },
            },
        },
    };

    private static Container ContainerOf(InstallOptions options)
    {
        var settings = new InjectionSettings { Image = options.ProxyImage, ControlPlaneNamespace = options.Namespace };
        return new Container
        {
            Name = Names.ProxyContainer,
            Image = options.ProxyImage,
            Args = ["proxy", "router", "--domain", "$(POD_NAMESPACE).svc.cluster.local", "--proxyLogLevel=warning", "--log_output_level=default:info"],
            Ports = [Port(15021), Port(8080), Port(8443), new ContainerPort { Name = "http-envoy-prom", Port = 15090, Protocol = "TCP" }],
            Env =
            [
                .. ProxyEnvironment.Identity(settings),
                ObjectText.Value("PROXY_CONFIG", "{}"),
                ObjectText.Value("ISTIO_META_WORKLOAD_NAME", Name),
                ObjectText.Value("ISTIO_META_OWNER", $"kubernetes://apis/apps/v1/namespaces/{options.Namespace}/deployments/{Name}"),
                ObjectText.Value("ISTIO_META_UNPRIVILEGED_POD", "true"),
            ],
            ReadinessProbe = ProxyContainer.Probe(delay: 0, period: 15, failures: 4),
            StartupProbe = ProxyContainer.Probe(delay: 0, period: 1, failures: 600),
            Resources = new ResourceRequirements { Requests = options.GatewayRequests, Limits = settings.Limits },
            SecurityContext = ProxyContainer.Unprivileged(),
            VolumeMounts = ProxyVolumes.Mounts(),
        };
    }

    private static ContainerPort Port(int port) => new() { Port = port, Protocol = "TCP" };
}
