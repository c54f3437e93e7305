using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Coordination;

/// <summary>Who holds something, and until when (<c>coordination.k8s.io/v1</c> Lease).</summary>
public sealed record Lease : Resource
{
    public LeaseSpec? Spec { get; init; }
}

public sealed record LeaseSpec
{
    public string? HolderIdentity { get; init; }

    public int? LeaseDurationSeconds { get; init; }

    /// <summary>RFC 3339 with microseconds.</summary>
    public string? AcquireTime { get; init; }

    /// <summary>RFC 3339 with microseconds.</summary>
    public string? RenewTime { get; init; }

    public int? LeaseTransitions { get; init; }

    public string? Strategy { get; init; }

    public string? PreferredHolder { get; init; }
}
