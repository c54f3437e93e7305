using System.Text.Json;
using System.Text.Json.Serialization;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Core;

/// <summary>Containers that run together on one node and share a network (<c>core/v1</c> Pod).</summary>
public sealed record Pod : Resource
{
    public PodSpec? Spec { get; init; }

    public PodStatus? Status { get; init; }
}

/// <summary>The pod that a workload makes copies of (<c>core/v1</c> PodTemplateSpec).</summary>
public sealed record PodTemplateSpec
{
    public ObjectMeta? Metadata { get; init; }

    public PodSpec? Spec { get; init; }
}

/// <summary>What a pod should be (<c>core/v1</c> PodSpec).</summary>
public sealed record PodSpec
{
    [ListMap("name")]
    [PatchMerge("name")]
    [PatchRetainKeys]
    public IReadOnlyList<Volume>? Volumes { get; init; }

    [ListMap("name")]
    [PatchMerge("name")]
    public IReadOnlyList<Container>? InitContainers { get; init; }

    [ListMap("name")]
    [PatchMerge("name")]
    public IReadOnlyList<Container>? Containers { get; init; }

    [ListMap("name")]
    [PatchMerge("name")]
    public IReadOnlyList<Container>? EphemeralContainers { get; init; }

    [AllowedValues("Always", "OnFailure", "Never")]
    public string? RestartPolicy { get; init; }

    public long? TerminationGracePeriodSeconds { get; init; }

    public long? ActiveDeadlineSeconds { get; init; }

    public string? DnsPolicy { get; init; }

    [AtomicMap]
    public IReadOnlyDictionary<string, string>? NodeSelector { get; init; }

    public string? ServiceAccountName { get; init; }

    public string? ServiceAccount { get; init; }

    public bool? AutomountServiceAccountToken { get; init; }

    public string? NodeName { get; init; }

    public bool? HostNetwork { get; init; }

    [JsonPropertyName("hostPID")]
    public bool? HostPid { get; init; }

    [JsonPropertyName("hostIPC")]
    public bool? HostIpc { get; init; }

    public bool? ShareProcessNamespace { get; init; }

    public PodSecurityContext? SecurityContext { get; init; }

    [ListMap("name")]
    [PatchMerge("name")]
    public IReadOnlyList<LocalObjectReference>? ImagePullSecrets { get; init; }

    public string? Hostname { get; init; }

    public string? Subdomain { get; init; }

    public Affinity? Affinity { get; init; }

    public string? SchedulerName { get; init; }

    public IReadOnlyList<Toleration>? Tolerations { get; init; }

    [ListMap("ip")]
    [PatchMerge("ip")]
    public IReadOnlyList<HostAlias>? HostAliases { get; init; }

    public string? PriorityClassName { get; init; }

    public int? Priority { get; init; }

    public JsonElement? DnsConfig { get; init; }

    public IReadOnlyList<JsonElement>? ReadinessGates { get; init; }

    public string? RuntimeClassName { get; init; }

    public bool? EnableServiceLinks { get; init; }

    public string? PreemptionPolicy { get; init; }

    public IReadOnlyDictionary<string, string>? Overhead { get; init; }

    [ListMap("topologyKey", "whenUnsatisfiable")]
    [PatchMerge("topologyKey")]
    public IReadOnlyList<TopologySpreadConstraint>? TopologySpreadConstraints { get; init; }

    [JsonPropertyName("setHostnameAsFQDN")]
    public bool? SetHostnameAsFqdn { get; init; }

    public JsonElement? Os { get; init; }

    public bool? HostUsers { get; init; }

    public IReadOnlyList<JsonElement>? SchedulingGates { get; init; }

    public IReadOnlyList<JsonElement>? ResourceClaims { get; init; }

    public ResourceRequirements? Resources { get; init; }
}

[AtomicMap]
public sealed record LocalObjectReference
{
    public string? Name { get; init; }
}

public sealed record HostAlias
{
    public required string Ip { get; init; }

    public IReadOnlyList<string>? Hostnames { get; init; }
}

public sealed record Toleration
{
    public string? Key { get; init; }

    [AllowedValues("Exists", "Equal")]
    public string? Operator { get; init; }

    public string? Value { get; init; }

    public string? Effect { get; init; }

    public long? TolerationSeconds { get; init; }
}

public sealed record TopologySpreadConstraint
{
    public int MaxSkew { get; init; }

    public required string TopologyKey { get; init; }

    public required string WhenUnsatisfiable { get; init; }

    public LabelSelector? LabelSelector { get; init; }

    public int? MinDomains { get; init; }

    public string? NodeAffinityPolicy { get; init; }

    public string? NodeTaintsPolicy { get; init; }

    public IReadOnlyList<string>? MatchLabelKeys { get; init; }
}
