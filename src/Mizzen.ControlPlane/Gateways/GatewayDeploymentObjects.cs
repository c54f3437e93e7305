using Mizzen.ControlPlane.Injection;
using Mizzen.ControlPlane.Installation;
using Mizzen.ControlPlane.Model.GatewayApi;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.GatewayApi;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Gateways;

/// <summary>What is deployed for a Gateway of the Gateway API: an account, proxies, and a Service in front of them, all owned by the Gateway.</summary>
internal static class GatewayDeploymentObjects
{
    private const int FirstUnprivilegedPort = 1024;
    private const int Shift = 8000;
    private static readonly Dictionary<string, IntOrString> Requests = new() { ["cpu"] = "10m", ["memory"] = "16Mi" };

    public static IReadOnlyList<Resource> Of(GatewayVerdict verdict, InjectionSettings settings)
    {
        var gateway = verdict.Gateway;
        var listeners = ListenersOf(verdict);
        var meta = Meta(gateway);
        var ports = Ports(listeners);
        return
        [
            new ServiceAccount { Metadata = meta },
            DeploymentOf(gateway, meta, settings, [.. ports.Values]),
            ServiceOf(gateway, meta, listeners, ports),
        ];
    }

    /// <summary>A port that cannot be served yet is opened with the others once it can: a Service that comes and goes would lose its address.</summary>
    private static IReadOnlyList<GatewayListener> ListenersOf(GatewayVerdict verdict) =>
        [.. (verdict.Gateway.Spec?.Listeners ?? []).Concat(verdict.Opened).DistinctBy(listener => (listener.Port, IsUdp(listener)))];

    private static ObjectMeta Meta(KubernetesGateway gateway) => new()
    {
        Name = ListenerTable.DeployedName(gateway),
        Namespace = gateway.Metadata.Namespace,
        Labels = LabelsOf(gateway),
        Annotations = gateway.Spec?.Infrastructure?.Annotations,
        OwnerReferences =
        [
            new OwnerReference { ApiVersion = "gateway.networking.k8s.io/v1", Kind = "Gateway", Name = gateway.Metadata.Name ?? "", Uid = gateway.Metadata.Uid ?? "", Controller = true },
        ],
    };

    private static Dictionary<string, string> LabelsOf(KubernetesGateway gateway)
    {
        var labels = new Dictionary<string, string>(gateway.Spec?.Infrastructure?.Labels ?? new Dictionary<string, string>(), StringComparer.Ordinal)
        {
            [ListenerTable.GatewayNameLabel] = gateway.Metadata.Name ?? "",
            ["gateway.networking.k8s.io/gateway-class-name"] = gateway.Spec?.GatewayClassName ?? "",
        };
        return labels;
    }

    private static Dictionary<string, string> Selector(KubernetesGateway gateway) => new() { [ListenerTable.GatewayNameLabel] = gateway.Metadata.Name ?? "" };

    /// <summary>The pod's port for each port of a listener: the proxy is nobody who may open those below 1024.</summary>
    private static SortedDictionary<int, int> Ports(IReadOnlyList<GatewayListener> listeners)
    {
        var wanted = listeners.Select(listener => listener.Port).Distinct().Order().ToList();
        var taken = wanted.Where(port => port >= FirstUnprivilegedPort).ToHashSet();
        var ports = new SortedDictionary<int, int>();
        foreach (var port in wanted)
        {
            var target = port >= FirstUnprivilegedPort ? port : port + Shift;
            while (port < FirstUnprivilegedPort && !taken.Add(target))
            {
                target += FirstUnprivilegedPort;
            }

            ports.Add(port, target);
        }

        return ports;
    }

    private static Service ServiceOf(KubernetesGateway gateway, ObjectMeta meta, IReadOnlyList<GatewayListener> listeners, SortedDictionary<int, int> ports) => new()
    {
        Metadata = meta,
        Spec = new ServiceSpec
        {
            Type = gateway.Metadata.Annotations?.GetValueOrDefault("networking.istio.io/service-type") ?? "LoadBalancer",
            Selector = Selector(gateway),
            Ports = [ObjectText.Port("status-port", 15021, 15021), .. listeners.OrderBy(listener => listener.Port).Select(listener => PortOf(listener, ports[listener.Port]))],
        },
    };

    private static bool IsUdp(GatewayListener listener) => listener.Protocol == "UDP";

    private static ServicePort PortOf(GatewayListener listener, int target) =>
        ObjectText.Port($"{listener.Protocol.ToLowerInvariant()}-{listener.Port}", listener.Port, target, IsUdp(listener) ? "UDP" : "TCP");

    private static Deployment DeploymentOf(KubernetesGateway gateway, ObjectMeta meta, InjectionSettings settings, IEnumerable<int> ports)
    {
        var name = meta.Name!;
        return new Deployment
        {
            Metadata = meta,
            Spec = new DeploymentSpec
            {
                Replicas = 1,
                Selector = new LabelSelector { MatchLabels = Selector(gateway) },
                Template = new PodTemplateSpec
                {
                    Metadata = new ObjectMeta
                    {
                        Labels = new Dictionary<string, string>(LabelsOf(gateway), StringComparer.Ordinal)
                        {
                            [Names.CanonicalName] = name,
                            [Names.CanonicalRevision] = "latest",
                            [Names.Inject] = "false",
                            ["istio.io/rev"] = "default",
                        },
                        Annotations = new Dictionary<string, string>(gateway.Spec?.Infrastructure?.Annotations ?? new Dictionary<string, string>(), StringComparer.Ordinal)
                        {
                            [Names.PrometheusPort] = "15020",
                            [Names.PrometheusScrape] = "true",
                            [Names.PrometheusPath] = "/stats/prometheus",
                        },
                    },
                    Spec = new PodSpec
                    {
                        ServiceAccountName = name,
                        Containers = [GatewayContainer.Of(name, meta.Namespace ?? "", settings, ports.Prepend(15021), Requests)],
                        Volumes = ProxyVolumes.All(),
                    },
                },
            },
        };
    }
}
