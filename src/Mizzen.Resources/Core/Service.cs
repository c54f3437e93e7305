using System.Text.Json;
using System.Text.Json.Serialization;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Core;

/// <summary>A name and an address for a set of pods (<c>core/v1</c> Service).</summary>
public sealed record Service : Resource
{
    public ServiceSpec? Spec { get; init; }

    public ServiceStatus? Status { get; init; }
}

public sealed record ServiceSpec
{
    [ListMap("port", "protocol")]
    [PatchMerge("port")]
    public IReadOnlyList<ServicePort>? Ports { get; init; }

    [AtomicMap]
    public IReadOnlyDictionary<string, string>? Selector { get; init; }

    [JsonPropertyName("clusterIP")]
    public string? ClusterIp { get; init; }

    [JsonPropertyName("clusterIPs")]
    public IReadOnlyList<string>? ClusterIps { get; init; }

    [AllowedValues("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")]
    public string? Type { get; init; }

    [JsonPropertyName("externalIPs")]
    public IReadOnlyList<string>? ExternalIps { get; init; }

    public string? SessionAffinity { get; init; }

    [JsonPropertyName("loadBalancerIP")]
    public string? LoadBalancerIp { get; init; }

    public IReadOnlyList<string>? LoadBalancerSourceRanges { get; init; }

    public string? ExternalName { get; init; }

    public string? ExternalTrafficPolicy { get; init; }

    public int? HealthCheckNodePort { get; init; }

    public bool? PublishNotReadyAddresses { get; init; }

    public JsonElement? SessionAffinityConfig { get; init; }

    public IReadOnlyList<string>? IpFamilies { get; init; }

    public string? IpFamilyPolicy { get; init; }

    public bool? AllocateLoadBalancerNodePorts { get; init; }

    public string? LoadBalancerClass { get; init; }

    public string? InternalTrafficPolicy { get; init; }

    public string? TrafficDistribution { get; init; }
}

public sealed record ServicePort
{
    public string? Name { get; init; }

    [Default("TCP")]
    public string? Protocol { get; init; }

    public string? AppProtocol { get; init; }

    public int Port { get; init; }

    public IntOrString? TargetPort { get; init; }

    public int? NodePort { get; init; }
}

public sealed record ServiceStatus
{
    public LoadBalancerStatus? LoadBalancer { get; init; }

    [ListMap("type")]
    [PatchMerge("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

public sealed record LoadBalancerStatus
{
    public IReadOnlyList<LoadBalancerIngress>? Ingress { get; init; }
}

public sealed record LoadBalancerIngress
{
    public string? Ip { get; init; }

    public string? Hostname { get; init; }

    public string? IpMode { get; init; }

    public IReadOnlyList<PortStatus>? Ports { get; init; }
}

public sealed record PortStatus
{
    public int Port { get; init; }

    public string? Protocol { get; init; }

    public string? Error { get; init; }
}

/// <summary>The older form of EndpointSlices (<c>core/v1</c> Endpoints).</summary>
public sealed record Endpoints : Resource
{
    public IReadOnlyList<EndpointSubset>? Subsets { get; init; }
}

public sealed record EndpointSubset
{
    public IReadOnlyList<EndpointAddress>? Addresses { get; init; }

    public IReadOnlyList<EndpointAddress>? NotReadyAddresses { get; init; }

    public IReadOnlyList<EndpointsPort>? Ports { get; init; }
}

public sealed record EndpointAddress
{
    public required string Ip { get; init; }

    public string? Hostname { get; init; }

    public string? NodeName { get; init; }

    public ObjectReference? TargetRef { get; init; }
}

public sealed record EndpointsPort
{
    public string? Name { get; init; }

    public int Port { get; init; }

    public string? Protocol { get; init; }

    public string? AppProtocol { get; init; }
}

/// <summary>Points at any object (<c>core/v1</c> ObjectReference).</summary>
[AtomicMap]
public sealed record ObjectReference
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public string? Namespace { get; init; }

    public string? Name { get; init; }

    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }

    public string? FieldPath { get; init; }
}
