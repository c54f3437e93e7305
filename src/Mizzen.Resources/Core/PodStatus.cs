using System.Text.Json;
using System.Text.Json.Serialization;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Core;

/// <summary>What a pod is (<c>core/v1</c> PodStatus).</summary>
public sealed record PodStatus
{
    public long? ObservedGeneration { get; init; }

    /// <summary>Pending, Running, Succeeded, Failed or Unknown.</summary>
    public string? Phase { get; init; }

    [ListMap("type")]
    [PatchMerge("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    public string? Message { get; init; }

    public string? Reason { get; init; }

    public string? NominatedNodeName { get; init; }

    [JsonPropertyName("hostIP")]
    public string? HostIp { get; init; }

    [JsonPropertyName("hostIPs")]
    public IReadOnlyList<PodIp>? HostIps { get; init; }

    [JsonPropertyName("podIP")]
    public string? PodIp { get; init; }

    [JsonPropertyName("podIPs")]
    [ListMap("ip")]
    [PatchMerge("ip")]
    public IReadOnlyList<PodIp>? PodIps { get; init; }

    public DateTimeOffset? StartTime { get; init; }

    public IReadOnlyList<ContainerStatus>? InitContainerStatuses { get; init; }

    public IReadOnlyList<ContainerStatus>? ContainerStatuses { get; init; }

    public IReadOnlyList<ContainerStatus>? EphemeralContainerStatuses { get; init; }

    public string? QosClass { get; init; }

    public string? Resize { get; init; }

    public JsonElement? ResourceClaimStatuses { get; init; }
}

public sealed record PodIp
{
    public string? Ip { get; init; }
}

public sealed record ContainerStatus
{
    public required string Name { get; init; }

    public ContainerState? State { get; init; }

    public ContainerState? LastState { get; init; }

    public bool Ready { get; init; }

    public int RestartCount { get; init; }

    public string? Image { get; init; }

    [JsonPropertyName("imageID")]
    public string? ImageId { get; init; }

    [JsonPropertyName("containerID")]
    public string? ContainerId { get; init; }

    public bool? Started { get; init; }

    public JsonElement? AllocatedResources { get; init; }

    public JsonElement? Resources { get; init; }

    public JsonElement? VolumeMounts { get; init; }

    public JsonElement? User { get; init; }
}

/// <summary>Exactly one of the three is set.</summary>
public sealed record ContainerState
{
    public ContainerStateWaiting? Waiting { get; init; }

    public ContainerStateRunning? Running { get; init; }

    public ContainerStateTerminated? Terminated { get; init; }
}

public sealed record ContainerStateWaiting
{
    public string? Reason { get; init; }

    public string? Message { get; init; }
}

public sealed record ContainerStateRunning
{
    public DateTimeOffset? StartedAt { get; init; }
}

public sealed record ContainerStateTerminated
{
    public int ExitCode { get; init; }

    public int? Signal { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    [JsonPropertyName("containerID")]
    public string? ContainerId { get; init; }
}
