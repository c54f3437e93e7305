using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.GatewayApi;

/// <summary>
/// Ports through which traffic enters (<c>gateway.networking.k8s.io/v1</c> Gateway; not Istio's kind of the same name).
/// </summary>
public sealed record KubernetesGateway : Resource
{
    public KubernetesGatewaySpec? Spec { get; init; }

    public KubernetesGatewayStatus? Status { get; init; }
}

public sealed record KubernetesGatewaySpec
{
    public required string GatewayClassName { get; init; }

    [ListMap("name")]
    public IReadOnlyList<GatewayListener>? Listeners { get; init; }

    public IReadOnlyList<GatewayAddress>? Addresses { get; init; }

    public GatewayInfrastructure? Infrastructure { get; init; }

    /// <summary>Whose ListenerSets may add listeners; nobody's when absent.</summary>
    public AllowedListeners? AllowedListeners { get; init; }

    public GatewayTlsSettings? Tls { get; init; }
}

public sealed record AllowedListeners
{
    public RouteNamespaces? Namespaces { get; init; }
}

public sealed record GatewayListener
{
    public required string Name { get; init; }

    public string? Hostname { get; init; }

    public required int Port { get; init; }

    /// <summary>HTTP, HTTPS, TLS, TCP or UDP.</summary>
    public required string Protocol { get; init; }

    public GatewayTls? Tls { get; init; }

    public AllowedRoutes? AllowedRoutes { get; init; }
}

public sealed record AllowedRoutes
{
    public RouteNamespaces? Namespaces { get; init; }

    public IReadOnlyList<RouteGroupKind>? Kinds { get; init; }
}

public sealed record RouteNamespaces
{
    [AllowedValues("All", "Selector", "Same", "None")]
    public string? From { get; init; }

    public LabelSelector? Selector { get; init; }
}

public sealed record RouteGroupKind
{
    public string? Group { get; init; }

    public required string Kind { get; init; }
}

public sealed record GatewayAddress
{
    /// <summary>IPAddress (when absent), Hostname, or a domain of its own.</summary>
    public string? Type { get; init; }

    public string? Value { get; init; }
}

public sealed record GatewayInfrastructure
{
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    public LocalParametersReference? ParametersRef { get; init; }
}

/// <summary>Settings of the controller in an object of the Gateway's own namespace.</summary>
public sealed record LocalParametersReference
{
    public required string Group { get; init; }

    public required string Kind { get; init; }

    public required string Name { get; init; }
}

public sealed record KubernetesGatewayStatus
{
    public IReadOnlyList<GatewayAddress>? Addresses { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    [ListMap("name")]
    public IReadOnlyList<ListenerStatus>? Listeners { get; init; }

    public int? AttachedListenerSets { get; init; }
}

public sealed record ListenerStatus
{
    public required string Name { get; init; }

    public IReadOnlyList<RouteGroupKind>? SupportedKinds { get; init; }

    public required int AttachedRoutes { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
