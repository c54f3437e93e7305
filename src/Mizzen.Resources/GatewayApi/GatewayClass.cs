using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.GatewayApi;

/// <summary>A kind of gateway, and who makes it (<c>gateway.networking.k8s.io/v1</c> GatewayClass).</summary>
public sealed record GatewayClass : Resource
{
    public GatewayClassSpec? Spec { get; init; }

    public GatewayClassStatus? Status { get; init; }
}

public sealed record GatewayClassSpec
{
    public required string ControllerName { get; init; }

    public ParametersReference? ParametersRef { get; init; }

    public string? Description { get; init; }
}

public sealed record ParametersReference
{
    public required string Group { get; init; }

    public required string Kind { get; init; }

    public required string Name { get; init; }

    public string? Namespace { get; init; }
}

public sealed record GatewayClassStatus
{
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    public IReadOnlyList<SupportedFeature>? SupportedFeatures { get; init; }
}

public sealed record SupportedFeature
{
    public required string Name { get; init; }
}
