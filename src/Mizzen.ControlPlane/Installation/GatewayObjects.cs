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

    private static Container ContainerOf(InstallOptions options) => GatewayContainer.Of(
        Name,
        options.Namespace,
        new InjectionSettings { Image = options.ProxyImage, ControlPlaneNamespace = options.Namespace, Mesh = options.Mesh },
        [15021, 8080, 8443],
        options.GatewayRequests);
}
