using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Networking;

/// <summary>Makes a host known to the mesh (<c>networking.istio.io</c> ServiceEntry).</summary>
public sealed record ServiceEntry : Resource
{
    public ServiceEntrySpec? Spec { get; init; }

    public ServiceEntryStatus? Status { get; init; }
}

public sealed record ServiceEntrySpec
{
    public IReadOnlyList<string>? Hosts { get; init; }

    public IReadOnlyList<string>? Addresses { get; init; }

    public IReadOnlyList<Port>? Ports { get; init; }

    [AllowedValues("MESH_EXTERNAL", "MESH_INTERNAL")]
    public string? Location { get; init; }

    [AllowedValues("NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS")]
    public string? Resolution { get; init; }

    public IReadOnlyList<WorkloadEntrySpec>? Endpoints { get; init; }

    public WorkloadSelector? WorkloadSelector { get; init; }

    public IReadOnlyList<string>? ExportTo { get; init; }

    public IReadOnlyList<string>? SubjectAltNames { get; init; }
}

public sealed record ServiceEntryStatus
{
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    public IReadOnlyList<System.Text.Json.JsonElement>? ValidationMessages { get; init; }

    public IntOrString? ObservedGeneration { get; init; }

    public IReadOnlyList<ServiceEntryAddress>? Addresses { get; init; }
}

public sealed record ServiceEntryAddress
{
    public string? Value { get; init; }

    public string? Host { get; init; }
}

/// <summary>Chooses pods and WorkloadEntries by their labels.</summary>
public sealed record WorkloadSelector
{
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
}

/// <summary>One workload outside Kubernetes (<c>networking.istio.io</c> WorkloadEntry).</summary>
public sealed record WorkloadEntry : Resource
{
    public WorkloadEntrySpec? Spec { get; init; }

    public IstioStatus? Status { get; init; }
}

public sealed record WorkloadEntrySpec
{
    public string? Address { get; init; }

    public IReadOnlyDictionary<string, int>? Ports { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public string? Network { get; init; }

    public string? Locality { get; init; }

    public int? Weight { get; init; }

    public string? ServiceAccount { get; init; }
}
