using System.Text.Json;
using Mizzen.Resources.Core;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Batch;

/// <summary>Pods that run until a number of them has succeeded (<c>batch/v1</c> Job).</summary>
public sealed record Job : Resource
{
    public JobSpec? Spec { get; init; }

    public JobStatus? Status { get; init; }
}

public sealed record JobSpec
{
    public int? Parallelism { get; init; }

    public int? Completions { get; init; }

    /// <summary>Seconds.</summary>
    public long? ActiveDeadlineSeconds { get; init; }

    public JsonElement? PodFailurePolicy { get; init; }

    public JsonElement? SuccessPolicy { get; init; }

    public int? BackoffLimit { get; init; }

    public int? BackoffLimitPerIndex { get; init; }

    public int? MaxFailedIndexes { get; init; }

    public LabelSelector? Selector { get; init; }

    public bool? ManualSelector { get; init; }

    public PodTemplateSpec? Template { get; init; }

    /// <summary>Seconds.</summary>
    public int? TtlSecondsAfterFinished { get; init; }

    [AllowedValues("NonIndexed", "Indexed")]
    public string? CompletionMode { get; init; }

    public bool? Suspend { get; init; }

    [AllowedValues("TerminatingOrFailed", "Failed")]
    public string? PodReplacementPolicy { get; init; }

    public string? ManagedBy { get; init; }
}

public sealed record JobStatus
{
    [ListMap("type")]
    [PatchMerge("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    public DateTimeOffset? StartTime { get; init; }

    public DateTimeOffset? CompletionTime { get; init; }

    public int? Active { get; init; }

    public int? Succeeded { get; init; }

    public int? Failed { get; init; }

    public int? Terminating { get; init; }

    public string? CompletedIndexes { get; init; }

    public string? FailedIndexes { get; init; }

    public JsonElement? UncountedTerminatedPods { get; init; }

    public int? Ready { get; init; }
}
