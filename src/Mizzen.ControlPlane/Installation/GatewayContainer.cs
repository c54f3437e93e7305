using Mizzen.ControlPlane.Injection;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Installation;

/// <summary>The proxy of a gateway: what its pods consist of.</summary>
internal static class GatewayContainer
{
    /// <param name="name">The Deployment's name.</param>
    /// <param name="ns">Its namespace.</param>
    /// <param name="settings">Image and mesh.</param>
    /// <param name="ports">The ports that it listens on.</param>
    /// <param name="requests">What it asks for.</param>
    public static Container Of(string name, string ns, InjectionSettings settings, IEnumerable<int> ports, IReadOnlyDictionary<string, IntOrString> requests) => new()
    {
        Name = Names.ProxyContainer,
        Image = settings.Image,
        Args = ["proxy", "router", "--domain", "$(POD_NAMESPACE).svc.cluster.local", "--proxyLogLevel=warning", "--log_output_level=default:info"],
        Ports = [.. ports.Select(Port), new ContainerPort { Name = "http-envoy-prom", Port = 15090, Protocol = "TCP" }],
        Env =
        [
            .. ProxyEnvironment.Identity(settings),
            ObjectText.Value("PROXY_CONFIG", settings.DefaultProxyConfig().ToJsonString()),
            ObjectText.Value("ISTIO_META_WORKLOAD_NAME", name),
            ObjectText.Value("ISTIO_META_OWNER", $"kubernetes://apis/apps/v1/namespaces/{ns}/deployments/{name}"),
            ObjectText.Value("ISTIO_META_UNPRIVILEGED_POD", "true"),
        ],
        ReadinessProbe = ProxyContainer.Probe(delay: 0, period: 15, failures: 4),
        StartupProbe = ProxyContainer.Probe(delay: 0, period: 1, failures: 600),
        Resources = new ResourceRequirements { Requests = requests, Limits = settings.Limits },
        SecurityContext = ProxyContainer.Unprivileged(),
        VolumeMounts = ProxyVolumes.Mounts(),
    };

    private static ContainerPort Port(int port) => new() { Port = port, Protocol = "TCP" };
}
