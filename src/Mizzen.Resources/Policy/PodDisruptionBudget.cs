using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Policy;

/// <summary>How many pods of an app may be taken away on purpose at a time (<c>policy/v1</c> PodDisruptionBudget).</summary>
public sealed record PodDisruptionBudget : Resource
{
    public PodDisruptionBudgetSpec? Spec { get; init; }

    public PodDisruptionBudgetStatus? Status { get; init; }
}

public sealed record PodDisruptionBudgetSpec
{
    /// <summary>How many must stay, as a number or a percentage.</summary>
    public IntOrString? MinAvailable { get; init; }

    /// <summary>How many may be gone, as a number or a percentage; instead of <see cref="MinAvailable"/>.</summary>
    public IntOrString? MaxUnavailable { get; init; }

    /// <summary>The pods; an empty selector is every pod of the namespace, none is no pod.</summary>
    public LabelSelector? Selector { get; init; }

    [AllowedValues("IfHealthyBudget", "AlwaysAllow")]
    public string? UnhealthyPodEvictionPolicy { get; init; }
}

public sealed record PodDisruptionBudgetStatus
{
    public long? ObservedGeneration { get; init; }

    /// <summary>Pods whose eviction was allowed and that are not gone yet, with the time of the eviction.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset>? DisruptedPods { get; init; }

    public int? DisruptionsAllowed { get; init; }

    public int? CurrentHealthy { get; init; }

    public int? DesiredHealthy { get; init; }

    public int? ExpectedPods { get; init; }

    [ListMap("type")]
    [PatchMerge("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
