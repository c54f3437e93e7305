using System.Text.Json;
using Mizzen.Resources.Core;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Apps;

/// <summary>One copy of a pod on each node (<c>apps/v1</c> DaemonSet).</summary>
public sealed record DaemonSet : Resource
{
    public DaemonSetSpec? Spec { get; init; }

    public DaemonSetStatus? Status { get; init; }
}

public sealed record DaemonSetSpec
{
    public LabelSelector? Selector { get; init; }

    public PodTemplateSpec? Template { get; init; }

    [PatchRetainKeys]
    public DaemonSetUpdateStrategy? UpdateStrategy { get; init; }

    public int? MinReadySeconds { get; init; }

    public int? RevisionHistoryLimit { get; init; }
}

public sealed record DaemonSetUpdateStrategy
{
    [AllowedValues("OnDelete", "RollingUpdate")]
    public string? Type { get; init; }

    public RollingUpdateDaemonSet? RollingUpdate { get; init; }
}

public sealed record RollingUpdateDaemonSet
{
    public IntOrString? MaxUnavailable { get; init; }

    public IntOrString? MaxSurge { get; init; }
}

public sealed record DaemonSetStatus
{
    public int? CurrentNumberScheduled { get; init; }

    public int? NumberMisscheduled { get; init; }

    public int? DesiredNumberScheduled { get; init; }

    public int? NumberReady { get; init; }

    public long? ObservedGeneration { get; init; }

    public int? UpdatedNumberScheduled { get; init; }

    public int? NumberAvailable { get; init; }

    public int? NumberUnavailable { get; init; }

    public int? CollisionCount { get; init; }

    [ListMap("type")]
    [PatchMerge("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

/// <summary>A template that a DaemonSet has or had, for rolling back (<c>apps/v1</c> ControllerRevision).</summary>
public sealed record ControllerRevision : Resource
{
    /// <summary>A strategic merge patch that brings the owner back to this revision.</summary>
    public JsonElement? Data { get; init; }

    public required long? Revision { get; init; }
}
