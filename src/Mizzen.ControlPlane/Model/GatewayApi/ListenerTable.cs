using Mizzen.Resources.Core;
using Mizzen.Resources.GatewayApi;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model.GatewayApi;

/// <summary>The listeners of all Gateways that are ours, those of ListenerSets among them.</summary>
internal sealed class ListenerTable
{
    /// <summary>The label of the pods that serve a Gateway.</summary>
    public const string GatewayNameLabel = "gateway.networking.k8s.io/gateway-name";

    private readonly ResourceSet _resources;
    private readonly List<ListeningGateway> _gateways;

    public ListenerTable(ResourceSet resources, IReadOnlyList<GatewayClass> classes, ReferenceGrants grants)
    {
        _resources = resources;
        var tls = new ListenerTls(resources, grants);
        var sets = new AttachedSets(resources);
        var names = classes.Select(entry => entry.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        _gateways = [.. resources.KubernetesGateways.Where(gateway => names.Contains(gateway.Spec?.GatewayClassName)).Select(gateway => ListeningGateway.Of(gateway, sets, tls))];
    }

    /// <summary>The listeners that a route means; null when the Gateway or ListenerSet is not there or not ours.</summary>
    public IReadOnlyList<AttachedListener>? Find(ParentReference parent, string ns) => parent.Kind == AttachedListener.ListenerSetKind
        ? _gateways.SelectMany(gateway => gateway.Sets).FirstOrDefault(set => Is(set.Set, parent, ns))?.Listeners
        : _gateways.FirstOrDefault(entry => Is(entry.Gateway, parent, ns))?.Own;

    /// <summary>Every listener that is served.</summary>
    public IEnumerable<AttachedListener> Served => _gateways.SelectMany(gateway => gateway.Listeners).Where(listener => listener.IsServed);

    /// <summary>Istio's Gateways, one for each listener: routes attach to listeners.</summary>
    public IEnumerable<Gateway> Gateways()
    {
        foreach (var gateway in _gateways)
        {
            if (gateway.Refusal is not null || PodsOf(gateway.Gateway) is not { } pods)
            {
                continue;
            }

            foreach (var listener in gateway.Listeners.Where(listener => listener.IsServed))
            {
                yield return new Gateway
                {
                    Metadata = new ObjectMeta { Name = listener.ServerGateway, Namespace = listener.Namespace, CreationTimestamp = listener.Created },
                    Spec = new GatewaySpec { Selector = pods.Selector, PodNamespace = pods.Namespace, Servers = [ServerOf(listener)] },
                };
            }
        }
    }

    /// <summary>What is said to each Gateway; to be asked when all routes are attached.</summary>
    public IEnumerable<GatewayVerdict> Verdicts() => _gateways.Select(gateway => GatewayVerdicts.Of(gateway, ServiceOf(gateway.Gateway)));

    /// <summary>What is said to each ListenerSet that names a Gateway of ours.</summary>
    public IEnumerable<ListenerSetVerdict> SetVerdicts() =>
        _gateways.SelectMany(gateway => gateway.Sets.Select(set => GatewayVerdicts.OfSet(set, GatewayVerdicts.Of(gateway, ServiceOf(gateway.Gateway)))));

    /// <summary>The name of the Service (and Deployment) of a Gateway that is deployed for it.</summary>
    public static string DeployedName(KubernetesGateway gateway) =>
        gateway.Metadata.Annotations?.GetValueOrDefault("gateway.istio.io/name-override") ?? $"{gateway.Metadata.Name}-{gateway.Spec?.GatewayClassName}";

    /// <summary>Whether the Gateway is served by a Service that is there already: its addresses name it.</summary>
    public static bool IsManual(KubernetesGateway gateway) => gateway.Spec?.Addresses?.Any(address => address.Type == "Hostname") == true;

    private static bool Is(Resource resource, ParentReference parent, string ns) =>
        resource.Metadata.Name == parent.Name && resource.Metadata.Namespace == (parent.Namespace ?? ns);

    private static Server ServerOf(AttachedListener listener) => new()
    {
        Port = new Port { Number = listener.Listener.Port, Protocol = listener.Listener.Protocol, Name = listener.Listener.Name },
        Hosts = ["*/" + listener.Host],
        Tls = listener.Tls,
    };

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
}
