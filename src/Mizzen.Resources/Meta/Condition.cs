namespace Mizzen.Resources.Meta;

/// <summary>One observation about an object (<c>meta/v1</c> Condition, and the older shapes of pods, nodes and deployments).</summary>
public sealed record Condition
{
    /// <summary>What is observed, for example <c>Ready</c>.</summary>
    public required string Type { get; init; }

    /// <summary>True, False or Unknown.</summary>
    public required string Status { get; init; }

    /// <summary>The generation that was observed.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>When the status last changed.</summary>
    public DateTimeOffset? LastTransitionTime { get; init; }

    /// <summary>When a deployment's condition was last written.</summary>
    public DateTimeOffset? LastUpdateTime { get; init; }

    /// <summary>When a pod's condition was last probed.</summary>
    public DateTimeOffset? LastProbeTime { get; init; }

    /// <summary>When a node last reported.</summary>
    public DateTimeOffset? LastHeartbeatTime { get; init; }

    /// <summary>One word for programs.</summary>
    public string? Reason { get; init; }

    /// <summary>A sentence for people.</summary>
    public string? Message { get; init; }
}
