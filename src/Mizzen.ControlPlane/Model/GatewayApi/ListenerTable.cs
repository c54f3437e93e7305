using Mizzen.Resources.Core;
using Mizzen.Resources.GatewayApi;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model.GatewayApi;

/// <summary>The listeners of all Gateways that are ours.</summary>
internal sealed class ListenerTable
{
    /// <summary>The label of the pods that serve a Gateway.</summary>
    public const string GatewayNameLabel = "gateway.networking.k8s.io/gateway-name";

    private readonly ResourceSet _resources;
    private readonly List<(KubernetesGateway Gateway, List<AttachedListener> Listeners)> _gateways;

    public ListenerTable(ResourceSet resources, IReadOnlyList<GatewayClass> classes)
    {
        _resources = resources;
        var names = classes.Select(entry => entry.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        _gateways = [.. resources.KubernetesGateways.Where(gateway => names.Contains(gateway.Spec?.GatewayClassName)).Select(gateway => (gateway, Listeners(gateway)))];
    }

    /// <summary>The listeners of a Gateway; null when it is not there or not ours.</summary>
    public IReadOnlyList<AttachedListener>? Find(string ns, string name) =>
        _gateways.FirstOrDefault(entry => entry.Gateway.Metadata.Namespace == ns && entry.Gateway.Metadata.Name == name).Listeners;

    /// <summary>Istio's Gateways, one for each listener: routes attach to listeners.</summary>
    public IEnumerable<Gateway> Gateways()
    {
        foreach (var (gateway, listeners) in _gateways)
        {
            if (PodsOf(gateway) is not { } pods)
            {
                continue;
            }

            foreach (var listener in listeners.Where(listener => listener.IsServed))
            {
                yield return new Gateway
                {
                    Metadata = new ObjectMeta { Name = listener.ServerGateway, Namespace = listener.Namespace, CreationTimestamp = gateway.Metadata.CreationTimestamp },
                    Spec = new GatewaySpec
                    {
                        Selector = pods.Selector,
                        PodNamespace = pods.Namespace,
                        Servers = [new Server { Port = new Port { Number = listener.Listener.Port, Protocol = listener.Listener.Protocol, Name = listener.Listener.Name }, Hosts = ["*/" + listener.Host] }],
                    },
                };
            }
        }
    }

    /// <summary>What is said to each Gateway; to be asked when all routes are attached.</summary>
    public IEnumerable<GatewayVerdict> Verdicts() => _gateways.Select(entry => VerdictOf(entry.Gateway, entry.Listeners));

    /// <summary>The name of the Service (and Deployment) of a Gateway that is deployed for it.</summary>
    public static string DeployedName(KubernetesGateway gateway) =>
        gateway.Metadata.Annotations?.GetValueOrDefault("gateway.istio.io/name-override") ?? $"{gateway.Metadata.Name}-{gateway.Spec?.GatewayClassName}";

    /// <summary>Whether the Gateway is served by a Service that is there already: its addresses name it.</summary>
    public static bool IsManual(KubernetesGateway gateway) => gateway.Spec?.Addresses?.Any(address => address.Type == "Hostname") == true;

    private static List<AttachedListener> Listeners(KubernetesGateway gateway)
    {
        var listeners = (gateway.Spec?.Listeners ?? []).Select(listener => new AttachedListener(gateway, listener)).ToList();
        foreach (var listener in listeners.Where(listener => listener.Listener.Protocol is not ("HTTP" or "TCP")))
        {
            listener.Refusal = GatewayCondition.NotAccepted("UnsupportedProtocol", $"protocol {listener.Listener.Protocol} is not supported yet; use HTTP or TCP");
        }

        foreach (var port in listeners.Where(listener => listener.Refusal is null).GroupBy(listener => listener.Listener.Port))
        {
            var first = port.First();
            foreach (var listener in port.Skip(1))
            {
                listener.Conflict = listener.Listener.Protocol != first.Listener.Protocol
                    ? new GatewayCondition("Conflicted", true, "ProtocolConflict", $"listener {first.Listener.Name} has another protocol on port {port.Key}")
                    : port.TakeWhile(other => other != listener).FirstOrDefault(other => other.Host == listener.Host || listener.Listener.Protocol == "TCP") is { } same
                        ? new GatewayCondition("Conflicted", true, "HostnameConflict", $"listener {same.Listener.Name} has the same host on port {port.Key}")
                        : null;
            }
        }

        return listeners;
    }

    /// <summary>The pods that serve a Gateway: those that are deployed for it, or those behind the Service that it names.</summary>
    private (IReadOnlyDictionary<string, string> Selector, string Namespace)? PodsOf(KubernetesGateway gateway)
    {
        if (!IsManual(gateway))
        {
            return (new Dictionary<string, string> { [GatewayNameLabel] = gateway.Metadata.Name ?? "" }, gateway.Metadata.Namespace ?? "");
        }

        return ServiceOf(gateway) is { Spec.Selector: { Count: > 0 } selector } service ? (selector, service.Metadata.Namespace ?? "") : null;
    }

    private Service? ServiceOf(KubernetesGateway gateway)
    {
        var ns = gateway.Metadata.Namespace ?? "";
        var host = IsManual(gateway)
            ? HostName.Resolve(gateway.Spec!.Addresses!.First(address => address.Type == "Hostname").Value ?? "", ns)
            : HostName.OfService(DeployedName(gateway), ns);
        return _resources.Services.FirstOrDefault(service => HostName.OfService(service.Metadata.Name ?? "", service.Metadata.Namespace ?? "") == host);
    }

    private GatewayVerdict VerdictOf(KubernetesGateway gateway, List<AttachedListener> listeners)
    {
        var service = ServiceOf(gateway);
        var addresses = AddressesOf(service);
        var isValid = listeners.TrueForAll(listener => listener.IsServed);
        var accepted = isValid
            ? GatewayCondition.Accepted("the Gateway is served")
            : new GatewayCondition("Accepted", listeners.Exists(listener => listener.IsServed), "ListenersNotValid", "not all listeners can be served; their conditions say why");
        return new GatewayVerdict(gateway, addresses, [accepted, Programmed(gateway, service, addresses, listeners)], [.. listeners.Select(VerdictOf)]);
    }

    private static GatewayCondition Programmed(KubernetesGateway gateway, Service? service, List<GatewayAddress> addresses, List<AttachedListener> listeners) =>
        service is null ? new GatewayCondition("Programmed", false, IsManual(gateway) ? "AddressNotUsable" : "Pending", "there is no Service for the Gateway")
        : addresses.Count == 0 ? new GatewayCondition("Programmed", false, "AddressNotAssigned", $"Service {service.Metadata.Name} has no address yet")
        : !listeners.Exists(listener => listener.IsServed) ? new GatewayCondition("Programmed", false, "Invalid", "no listener can be served")
        : new GatewayCondition("Programmed", true, "Programmed", $"served by Service {service.Metadata.Name}");

    private static ListenerVerdict VerdictOf(AttachedListener listener) => new(
        listener.Listener.Name,
        listener.Kinds,
        listener.Routes.Count,
        [
            listener.Refusal ?? (listener.Conflict is { } conflict ? GatewayCondition.NotAccepted(conflict.Reason, conflict.Message) : GatewayCondition.Accepted()),
            listener.Conflict ?? new GatewayCondition("Conflicted", false, "NoConflicts"),
            listener.HasInvalidKinds ? GatewayCondition.NotResolved("InvalidRouteKinds", "allowedRoutes names kinds that this protocol does not take") : GatewayCondition.ResolvedRefs,
            listener.IsServed ? new GatewayCondition("Programmed", true, "Programmed") : new GatewayCondition("Programmed", false, "Invalid", "the listener is not served"),
        ]);

    private static List<GatewayAddress> AddressesOf(Service? service) => service?.Spec?.Type == "LoadBalancer"
        ? [.. (service.Status?.LoadBalancer?.Ingress ?? []).Select(ingress => ingress.Ip is { } ip
            ? new GatewayAddress { Type = "IPAddress", Value = ip }
            : new GatewayAddress { Type = "Hostname", Value = ingress.Hostname })]
        : service?.Spec?.ClusterIp is { Length: > 0 } address and not "None" ? [new GatewayAddress { Type = "IPAddress", Value = address }] : [];
}
