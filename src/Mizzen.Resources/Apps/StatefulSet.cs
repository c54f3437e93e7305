using System.Text.Json;
using Mizzen.Resources.Core;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Apps;

/// <summary>Copies of a pod that keep their names (<c>apps/v1</c> StatefulSet).</summary>
public sealed record StatefulSet : Resource
{
    public StatefulSetSpec? Spec { get; init; }

    public StatefulSetStatus? Status { get; init; }
}

public sealed record StatefulSetSpec
{
    public int? Replicas { get; init; }

    /// <summary>The headless Service below which pods have names.</summary>
    public string? ServiceName { get; init; }

    public LabelSelector? Selector { get; init; }

    public PodTemplateSpec? Template { get; init; }

    /// <summary>PersistentVolumeClaims, kept as they are given.</summary>
    public IReadOnlyList<JsonElement>? VolumeClaimTemplates { get; init; }

    [AllowedValues("OrderedReady", "Parallel")]
    public string? PodManagementPolicy { get; init; }

    [PatchRetainKeys]
    public StatefulSetUpdateStrategy? UpdateStrategy { get; init; }

    public int? MinReadySeconds { get; init; }

    public int? RevisionHistoryLimit { get; init; }

    public StatefulSetOrdinals? Ordinals { get; init; }

    public StatefulSetClaimRetention? PersistentVolumeClaimRetentionPolicy { get; init; }
}

public sealed record StatefulSetUpdateStrategy
{
    [AllowedValues("OnDelete", "RollingUpdate")]
    public string? Type { get; init; }

    public RollingUpdateStatefulSet? RollingUpdate { get; init; }
}

public sealed record RollingUpdateStatefulSet
{
    /// <summary>Pods below this number keep the old template.</summary>
    public int? Partition { get; init; }
}

public sealed record StatefulSetOrdinals
{
    /// <summary>The number of the first pod.</summary>
    public int? Start { get; init; }
}

public sealed record StatefulSetClaimRetention
{
    [AllowedValues("Delete", "Retain")]
    public string? WhenDeleted { get; init; }

    [AllowedValues("Delete", "Retain")]
    public string? WhenScaled { get; init; }
}

public sealed record StatefulSetStatus
{
    public long? ObservedGeneration { get; init; }

    public required int? Replicas { get; init; }

    public int? ReadyReplicas { get; init; }

    public int? CurrentReplicas { get; init; }

    public int? UpdatedReplicas { get; init; }

    public string? CurrentRevision { get; init; }

    public string? UpdateRevision { get; init; }

    public int? CollisionCount { get; init; }

    public int? AvailableReplicas { get; init; }

    [ListMap("type")]
    [PatchMerge("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
