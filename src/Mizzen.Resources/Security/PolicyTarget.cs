namespace Mizzen.Resources.Security;

/// <summary>The workloads that a policy is for, by labels (<c>type.istio.io</c> WorkloadSelector).</summary>
public sealed record PolicySelector
{
    public IReadOnlyDictionary<string, string>? MatchLabels { get; init; }
}
