using System.Text.Json;
using Mizzen.Resources.Core;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Apps;

/// <summary>Copies of a pod that are replaced step by step when the template changes (<c>apps/v1</c> Deployment).</summary>
public sealed record Deployment : Resource
{
    public DeploymentSpec? Spec { get; init; }

    public DeploymentStatus? Status { get; init; }
}

public sealed record DeploymentSpec
{
    public int? Replicas { get; init; }

    public LabelSelector? Selector { get; init; }

    public PodTemplateSpec? Template { get; init; }

    [PatchRetainKeys]
    public DeploymentStrategy? Strategy { get; init; }

    public int? MinReadySeconds { get; init; }

    public int? RevisionHistoryLimit { get; init; }

    public bool? Paused { get; init; }

    public int? ProgressDeadlineSeconds { get; init; }

    /// <summary>Only of extensions/v1beta1; ignored.</summary>
    public JsonElement? RollbackTo { get; init; }
}

public sealed record DeploymentStrategy
{
    [AllowedValues("Recreate", "RollingUpdate")]
    public string? Type { get; init; }

    public RollingUpdateDeployment? RollingUpdate { get; init; }
}

public sealed record RollingUpdateDeployment
{
    public IntOrString? MaxUnavailable { get; init; }

    public IntOrString? MaxSurge { get; init; }
}

public sealed record DeploymentStatus
{
    public long? ObservedGeneration { get; init; }

    public int? Replicas { get; init; }

    public int? UpdatedReplicas { get; init; }

    public int? ReadyReplicas { get; init; }

    public int? AvailableReplicas { get; init; }

    public int? UnavailableReplicas { get; init; }

    public int? TerminatingReplicas { get; init; }

    [ListMap("type")]
    [PatchMerge("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    public int? CollisionCount { get; init; }
}

/// <summary>Keeps a number of copies of a pod (<c>apps/v1</c> ReplicaSet).</summary>
public sealed record ReplicaSet : Resource
{
    public ReplicaSetSpec? Spec { get; init; }

    public ReplicaSetStatus? Status { get; init; }
}

public sealed record ReplicaSetSpec
{
    public int? Replicas { get; init; }

    public int? MinReadySeconds { get; init; }

    public LabelSelector? Selector { get; init; }

    public PodTemplateSpec? Template { get; init; }
}

public sealed record ReplicaSetStatus
{
    public int? Replicas { get; init; }

    public int? FullyLabeledReplicas { get; init; }

    public int? ReadyReplicas { get; init; }

    public int? AvailableReplicas { get; init; }

    public int? TerminatingReplicas { get; init; }

    public long? ObservedGeneration { get; init; }

    [ListMap("type")]
    [PatchMerge("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
