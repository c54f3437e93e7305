using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.GatewayApi;

/// <summary>What a route attaches to: a Gateway, or a Service for traffic inside of the mesh.</summary>
public sealed record ParentReference
{
    public string? Group { get; init; }

    public string? Kind { get; init; }

    public string? Namespace { get; init; }

    public required string Name { get; init; }

    public string? SectionName { get; init; }

    public int? Port { get; init; }
}

/// <summary>Whom traffic is for: a Service, when nothing else is said.</summary>
public record BackendObjectReference
{
    public string? Group { get; init; }

    public string? Kind { get; init; }

    public required string Name { get; init; }

    public string? Namespace { get; init; }

    public int? Port { get; init; }
}

/// <summary>Where a route sends traffic.</summary>
public sealed record BackendReference : BackendObjectReference
{
    public int? Weight { get; init; }

    /// <summary>For this backend only; HTTPRoute and GRPCRoute.</summary>
    public IReadOnlyList<HttpRouteFilter>? Filters { get; init; }
}

/// <summary>What its parents say of a route.</summary>
public sealed record RouteStatus
{
    public IReadOnlyList<RouteParentStatus>? Parents { get; init; }
}

public sealed record RouteParentStatus
{
    public required ParentReference ParentRef { get; init; }

    public required string ControllerName { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

/// <summary>TCP connections (<c>gateway.networking.k8s.io</c> TCPRoute).</summary>
public sealed record KubernetesTcpRoute : Resource
{
    public KubernetesTcpRouteSpec? Spec { get; init; }

    public RouteStatus? Status { get; init; }
}

public sealed record KubernetesTcpRouteSpec
{
    public IReadOnlyList<ParentReference>? ParentRefs { get; init; }

    public IReadOnlyList<TcpRouteRule>? Rules { get; init; }
}

public sealed record TcpRouteRule
{
    public string? Name { get; init; }

    public IReadOnlyList<BackendReference>? BackendRefs { get; init; }
}

/// <summary>Datagrams (<c>gateway.networking.k8s.io/v1alpha2</c> UDPRoute).</summary>
public sealed record KubernetesUdpRoute : Resource
{
    public KubernetesUdpRouteSpec? Spec { get; init; }

    public RouteStatus? Status { get; init; }
}

public sealed record KubernetesUdpRouteSpec
{
    public IReadOnlyList<ParentReference>? ParentRefs { get; init; }

    public IReadOnlyList<TcpRouteRule>? Rules { get; init; }
}

/// <summary>TLS connections by the name that clients ask for (<c>gateway.networking.k8s.io</c> TLSRoute).</summary>
public sealed record KubernetesTlsRoute : Resource
{
    public KubernetesTlsRouteSpec? Spec { get; init; }

    public RouteStatus? Status { get; init; }
}

public sealed record KubernetesTlsRouteSpec
{
    public IReadOnlyList<ParentReference>? ParentRefs { get; init; }

    public IReadOnlyList<string>? Hostnames { get; init; }

    public IReadOnlyList<TcpRouteRule>? Rules { get; init; }
}

/// <summary>Lets objects of other namespaces refer to those of its own (<c>gateway.networking.k8s.io</c> ReferenceGrant).</summary>
public sealed record ReferenceGrant : Resource
{
    public ReferenceGrantSpec? Spec { get; init; }
}

public sealed record ReferenceGrantSpec
{
    public IReadOnlyList<ReferenceGrantFrom>? From { get; init; }

    public IReadOnlyList<ReferenceGrantTo>? To { get; init; }
}

public sealed record ReferenceGrantFrom
{
    public required string Group { get; init; }

    public required string Kind { get; init; }

    public required string Namespace { get; init; }
}

public sealed record ReferenceGrantTo
{
    public required string Group { get; init; }

    public required string Kind { get; init; }

    /// <summary>One object; null for all.</summary>
    public string? Name { get; init; }
}
