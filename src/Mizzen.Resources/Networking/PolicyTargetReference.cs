namespace Mizzen.Resources.Networking;

/// <summary>An object that a policy is for (<c>type.istio.io</c> PolicyTargetReference).</summary>
public sealed record PolicyTargetReference
{
    public string? Group { get; init; }

    public string? Kind { get; init; }

    public string? Name { get; init; }

    public string? Namespace { get; init; }
}
