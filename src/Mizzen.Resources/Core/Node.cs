using System.Text.Json;
using System.Text.Json.Serialization;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Core;

/// <summary>A place where pods run (<c>core/v1</c> Node).</summary>
public sealed record Node : Resource
{
    public NodeSpec? Spec { get; init; }

    public NodeStatus? Status { get; init; }
}

public sealed record NodeSpec
{
    [JsonPropertyName("podCIDR")]
    public string? PodCidr { get; init; }

    [JsonPropertyName("podCIDRs")]
    [ListSet]
    [PatchMerge]
    public IReadOnlyList<string>? PodCidrs { get; init; }

    [JsonPropertyName("providerID")]
    public string? ProviderId { get; init; }

    public bool? Unschedulable { get; init; }

    public IReadOnlyList<Taint>? Taints { get; init; }

    public JsonElement? ConfigSource { get; init; }

    [JsonPropertyName("externalID")]
    public string? ExternalId { get; init; }
}

public sealed record Taint
{
    public required string Key { get; init; }

    public string? Value { get; init; }

    /// <summary>NoSchedule, PreferNoSchedule or NoExecute.</summary>
    public required string Effect { get; init; }

    public DateTimeOffset? TimeAdded { get; init; }
}

public sealed record NodeStatus
{
    [Quantities]
    public IReadOnlyDictionary<string, IntOrString>? Capacity { get; init; }

    [Quantities]
    public IReadOnlyDictionary<string, IntOrString>? Allocatable { get; init; }

    public string? Phase { get; init; }

    [ListMap("type")]
    [PatchMerge("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    [ListMap("type")]
    [PatchMerge("type")]
    public IReadOnlyList<NodeAddress>? Addresses { get; init; }

    public JsonElement? DaemonEndpoints { get; init; }

    public NodeSystemInfo? NodeInfo { get; init; }

    public IReadOnlyList<JsonElement>? Images { get; init; }

    public IReadOnlyList<string>? VolumesInUse { get; init; }

    public IReadOnlyList<JsonElement>? VolumesAttached { get; init; }

    public JsonElement? Config { get; init; }

    public IReadOnlyList<JsonElement>? RuntimeHandlers { get; init; }

    public JsonElement? Features { get; init; }
}

public sealed record NodeAddress
{
    /// <summary>InternalIP, ExternalIP or Hostname.</summary>
    public required string Type { get; init; }

    public required string Address { get; init; }
}

public sealed record NodeSystemInfo
{
    [JsonPropertyName("machineID")]
    public string? MachineId { get; init; }

    [JsonPropertyName("systemUUID")]
    public string? SystemUuid { get; init; }

    [JsonPropertyName("bootID")]
    public string? BootId { get; init; }

    public string? KernelVersion { get; init; }

    public string? OsImage { get; init; }

    public string? ContainerRuntimeVersion { get; init; }

    public string? KubeletVersion { get; init; }

    public string? KubeProxyVersion { get; init; }

    public string? OperatingSystem { get; init; }

    public string? Architecture { get; init; }
}
