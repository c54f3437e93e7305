using Mizzen.Resources.Core;
using Mizzen.Resources.GatewayApi;

namespace Mizzen.ControlPlane.Model.GatewayApi;

/// <summary>What Gateways, ListenerSets and listeners are told.</summary>
internal static class GatewayVerdicts
{
    /// <summary>What a Gateway is told.</summary>
    /// <param name="gateway">The Gateway.</param>
    /// <param name="service">The Service in front of its proxies, if there is one.</param>
    public static GatewayVerdict Of(ListeningGateway gateway, Service? service)
    {
        var addresses = AddressesOf(service);
        var isValid = gateway.Own.All(listener => listener.IsServed);
        var accepted = gateway.Refusal is { } refusal ? refusal : isValid
            ? GatewayCondition.Accepted("the Gateway is served")
            : new GatewayCondition("Accepted", gateway.Own.Any(IsAccepted), "ListenersNotValid", "not all listeners can be served; their conditions say why");
        IEnumerable<GatewayCondition> lax = gateway.Listeners.Any(listener => listener.Tls?.InsecureSkipVerify == true)
            ? [new GatewayCondition("InsecureFrontendValidationMode", true, "ConfigurationChanged", "clients are let in whose certificates nobody vouches for (AllowInsecureFallback)")]
            : [];
        return new GatewayVerdict(
            gateway.Gateway, addresses, [accepted, Programmed(gateway, service, addresses), .. lax], [.. gateway.Own.Select(OfListener)], [.. gateway.Listeners.Where(IsAccepted).Select(listener => listener.Listener)])
        {
            AttachedSets = gateway.Sets.Count(set => set.IsAccepted),
        };
    }

    /// <summary>What a ListenerSet is told.</summary>
    /// <param name="set">The ListenerSet.</param>
    /// <param name="gateway">What its Gateway is told.</param>
    public static ListenerSetVerdict OfSet(AttachedSet set, GatewayVerdict gateway)
    {
        if (!set.IsAllowed)
        {
            var message = $"Gateway {gateway.Gateway.Metadata.Namespace}/{gateway.Gateway.Metadata.Name} takes no listeners of namespace {set.Set.Metadata.Namespace}; its allowedListeners must say so";
            return new ListenerSetVerdict(set.Set, [GatewayCondition.NotAccepted("NotAllowed", message), new GatewayCondition("Programmed", false, "NotAllowed", message)], []);
        }

        var isServed = set.Listeners.Any(listener => listener.IsServed);
        var isProgrammed = gateway.Conditions.Any(condition => condition is { Type: "Programmed", IsTrue: true });
        return new ListenerSetVerdict(
            set.Set,
            [
                set.Listeners.All(listener => listener.IsServed)
                    ? GatewayCondition.Accepted("the listeners are added to the Gateway")
                    : new GatewayCondition("Accepted", set.IsAccepted, "ListenersNotValid", "not all listeners can be served; their conditions say why"),
                !isServed ? new GatewayCondition("Programmed", false, "Invalid", "no listener can be served")
                    : isProgrammed ? new GatewayCondition("Programmed", true, "Programmed")
                    : new GatewayCondition("Programmed", false, "ParentNotProgrammed", "the Gateway is not programmed; its conditions say why"),
            ],
            [.. set.Listeners.Select(OfListener)]);
    }

    private static bool IsAccepted(AttachedListener listener) => listener is { Refusal: null, Conflict: null };

    private static GatewayCondition Programmed(ListeningGateway gateway, Service? service, List<GatewayAddress> addresses) =>
        service is null ? new GatewayCondition("Programmed", false, ListenerTable.IsManual(gateway.Gateway) ? "AddressNotUsable" : "Pending", "there is no Service for the Gateway")
        : addresses.Count == 0 ? new GatewayCondition("Programmed", false, "AddressNotAssigned", $"Service {service.Metadata.Name} has no address yet")
        : Unusable(gateway.Gateway, addresses) is { } wanted ? new GatewayCondition("Programmed", false, "AddressNotUsable", $"{wanted} is not an address of Service {service.Metadata.Name}; leave it out, or give the Service that address")
        : gateway.Refusal is not null || !gateway.Listeners.Any(listener => listener.IsServed) ? new GatewayCondition("Programmed", false, "Invalid", "no listener can be served")
        : new GatewayCondition("Programmed", true, "Programmed", $"served by Service {service.Metadata.Name}");

    /// <summary>An address that is asked for and not there.</summary>
    private static string? Unusable(KubernetesGateway gateway, List<GatewayAddress> addresses) => (gateway.Spec?.Addresses ?? [])
        .Where(address => address is { Type: null or "IPAddress", Value.Length: > 0 } && !addresses.Exists(own => own.Value == address.Value))
        .Select(address => address.Value).FirstOrDefault();

    private static ListenerVerdict OfListener(AttachedListener listener) => new(
        listener.Listener.Name,
        listener.Kinds,
        listener.Routes.Count,
        [
            listener.Refusal ?? (listener.Conflict is { } conflict ? GatewayCondition.NotAccepted(conflict.Reason, conflict.Message) : GatewayCondition.Accepted()),
            listener.Conflict ?? new GatewayCondition("Conflicted", false, "NoConflicts"),
            listener.HasInvalidKinds
                ? GatewayCondition.NotResolved("InvalidRouteKinds", "allowedRoutes names kinds that this protocol does not take")
                : listener.Unresolved ?? GatewayCondition.ResolvedRefs,
            listener.IsServed ? new GatewayCondition("Programmed", true, "Programmed") : new GatewayCondition("Programmed", false, "Invalid", "the listener is not served"),
            .. Overlap(listener),
        ]);

    /// <summary>Clients that use one connection for several hosts may have come by the other listener's certificate.</summary>
    private static IEnumerable<GatewayCondition> Overlap(AttachedListener listener) =>
        listener.IsTls && listener.Neighbours.FirstOrDefault(other => HostName.Intersects(other.Host, listener.Host)) is { } found
            ? [new GatewayCondition("OverlappingTLSConfig", true, "OverlappingHostnames", $"{found.Title} has hosts of this one on port {listener.Listener.Port}")]
            : [];

    private static List<GatewayAddress> AddressesOf(Service? service) => service?.Spec?.Type == "LoadBalancer"
        ? [.. (service.Status?.LoadBalancer?.Ingress ?? []).Select(ingress => ingress.Ip is { } ip
            ? new GatewayAddress { Type = "IPAddress", Value = ip }
            : new GatewayAddress { Type = "Hostname", Value = ingress.Hostname })]
        : service?.Spec?.ClusterIp is { Length: > 0 } address and not "None" ? [new GatewayAddress { Type = "IPAddress", Value = address }] : [];
}
