using Mizzen.Resources.GatewayApi;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Model.GatewayApi;

/// <summary>A condition of the Gateway API's statuses, with the words of its specification.</summary>
/// <param name="Type">What it is about.</param>
/// <param name="IsTrue">Its status.</param>
/// <param name="Reason">One word.</param>
/// <param name="Message">A sentence for people.</param>
internal sealed record GatewayCondition(string Type, bool IsTrue, string Reason, string Message = "")
{
    public static GatewayCondition Accepted(string message = "") => new("Accepted", true, "Accepted", message);

    public static GatewayCondition NotAccepted(string reason, string message) => new("Accepted", false, reason, message);

    public static GatewayCondition ResolvedRefs { get; } = new("ResolvedRefs", true, "ResolvedRefs");

    public static GatewayCondition NotResolved(string reason, string message) => new("ResolvedRefs", false, reason, message);
}

/// <summary>What a listener of a Gateway is told.</summary>
internal sealed record ListenerVerdict(string Name, IReadOnlyList<RouteGroupKind> Kinds, int AttachedRoutes, IReadOnlyList<GatewayCondition> Conditions);

/// <summary>What a Gateway is told.</summary>
/// <param name="Gateway">The Gateway.</param>
/// <param name="Addresses">Where it is served.</param>
/// <param name="Conditions">Its own conditions.</param>
/// <param name="Listeners">Those of its listeners.</param>
/// <param name="Opened">The listeners for which there must be ports, those of ListenerSets among them.</param>
internal sealed record GatewayVerdict(
    KubernetesGateway Gateway, IReadOnlyList<GatewayAddress> Addresses, IReadOnlyList<GatewayCondition> Conditions, IReadOnlyList<ListenerVerdict> Listeners,
    IReadOnlyList<GatewayListener> Opened)
{
    /// <summary>How many ListenerSets are attached.</summary>
    public int AttachedSets { get; init; }
}

/// <summary>What a ListenerSet is told.</summary>
internal sealed record ListenerSetVerdict(ListenerSet Set, IReadOnlyList<GatewayCondition> Conditions, IReadOnlyList<ListenerVerdict> Listeners);

/// <summary>What a policy is told by the Gateways that it has an effect on.</summary>
internal sealed record PolicyVerdict(BackendTlsPolicy Policy, IReadOnlyList<KubernetesGateway> Gateways, IReadOnlyList<GatewayCondition> Conditions);

/// <summary>What a route is told by one of its parents.</summary>
internal sealed record ParentVerdict(ParentReference Parent, IReadOnlyList<GatewayCondition> Conditions);

/// <summary>What a route is told by the parents that are ours.</summary>
internal sealed record RouteVerdict(ResourceKey Key, IReadOnlyList<ParentVerdict> Parents);
