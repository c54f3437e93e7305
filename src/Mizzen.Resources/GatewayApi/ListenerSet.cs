using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.GatewayApi;

/// <summary>Listeners that somebody adds to a Gateway that allows it (<c>gateway.networking.k8s.io/v1</c> ListenerSet).</summary>
public sealed record ListenerSet : Resource
{
    public ListenerSetSpec? Spec { get; init; }

    public ListenerSetStatus? Status { get; init; }
}

public sealed record ListenerSetSpec
{
    public required ParentGatewayReference ParentRef { get; init; }

    [ListMap("name")]
    public IReadOnlyList<GatewayListener>? Listeners { get; init; }
}

/// <summary>A Gateway.</summary>
public sealed record ParentGatewayReference
{
    public string? Group { get; init; }

    public string? Kind { get; init; }

    public required string Name { get; init; }

    public string? Namespace { get; init; }
}

public sealed record ListenerSetStatus
{
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    [ListMap("name")]
    public IReadOnlyList<ListenerStatus>? Listeners { get; init; }
}
