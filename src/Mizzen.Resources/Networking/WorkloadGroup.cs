using System.Text.Json;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Networking;

/// <summary>A template of WorkloadEntries, which proxies that connect outside of the cluster become (<c>networking.istio.io</c> WorkloadGroup).</summary>
public sealed record WorkloadGroup : Resource
{
    public WorkloadGroupSpec? Spec { get; init; }

    public IstioStatus? Status { get; init; }
}

public sealed record WorkloadGroupSpec
{
    public WorkloadGroupMetadata? Metadata { get; init; }

    public WorkloadEntrySpec? Template { get; init; }

    /// <summary>How the proxy of each workload finds out whether it is healthy: Kubernetes' readiness probe.</summary>
    public JsonElement? Probe { get; init; }
}

public sealed record WorkloadGroupMetadata
{
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
}
