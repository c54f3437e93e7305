using System.Text.Json;
using Mizzen.Resources.Core;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Discovery;

/// <summary>Up to a hundred endpoints of a Service (<c>discovery.k8s.io/v1</c> EndpointSlice).</summary>
public sealed record EndpointSlice : Resource
{
    /// <summary>IPv4, IPv6 or FQDN.</summary>
    public string? AddressType { get; init; }

    public IReadOnlyList<Endpoint>? Endpoints { get; init; }

    public IReadOnlyList<EndpointPort>? Ports { get; init; }
}

public sealed record Endpoint
{
    [ListSet]
    public IReadOnlyList<string>? Addresses { get; init; }

    public EndpointConditions? Conditions { get; init; }

    public string? Hostname { get; init; }

    public ObjectReference? TargetRef { get; init; }

    public IReadOnlyDictionary<string, string>? DeprecatedTopology { get; init; }

    public string? NodeName { get; init; }

    public string? Zone { get; init; }

    public JsonElement? Hints { get; init; }
}

public sealed record EndpointConditions
{
    public bool? Ready { get; init; }

    public bool? Serving { get; init; }

    public bool? Terminating { get; init; }
}

public sealed record EndpointPort
{
    public string? Name { get; init; }

    public string? Protocol { get; init; }

    public int? Port { get; init; }

    public string? AppProtocol { get; init; }
}
