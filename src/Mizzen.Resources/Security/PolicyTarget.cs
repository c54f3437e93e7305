namespace Mizzen.Resources.Security;

/// <summary>The workloads that a policy is for, by labels (<c>type.istio.io</c> WorkloadSelector).</summary>
public sealed record PolicySelector
{
    public IReadOnlyDictionary<string, string>? MatchLabels { get; init; }
}

/// <summary>An object that a policy is for (<c>type.istio.io</c> PolicyTargetReference).</summary>
public sealed record PolicyTargetReference
{
    public string? Group { get; init; }

    public string? Kind { get; init; }

    public string? Name { get; init; }

    public string? Namespace { get; init; }
}
