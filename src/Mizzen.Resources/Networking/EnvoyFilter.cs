using System.Text.Json;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Networking;

/// <summary>Patches of what proxies are configured with, in Envoy's terms (<c>networking.istio.io</c> EnvoyFilter).</summary>
public sealed record EnvoyFilter : Resource
{
    public EnvoyFilterSpec? Spec { get; init; }

    public IstioStatus? Status { get; init; }
}

public sealed record EnvoyFilterSpec
{
    public WorkloadSelector? WorkloadSelector { get; init; }

    public IReadOnlyList<PolicyTargetReference>? TargetRefs { get; init; }

    public IReadOnlyList<EnvoyConfigObjectPatch>? ConfigPatches { get; init; }

    /// <summary>The lower it is, the earlier; 0 where it is missing.</summary>
    public int? Priority { get; init; }
}

/// <summary>One change to whatever matches.</summary>
public sealed record EnvoyConfigObjectPatch
{
    [AllowedValues(
        "INVALID", "LISTENER", "FILTER_CHAIN", "NETWORK_FILTER", "HTTP_FILTER", "ROUTE_CONFIGURATION", "VIRTUAL_HOST", "HTTP_ROUTE", "CLUSTER", "EXTENSION_CONFIG", "BOOTSTRAP", "LISTENER_FILTER")]
    public string? ApplyTo { get; init; }

    public EnvoyConfigObjectMatch? Match { get; init; }

    public EnvoyPatchValue? Patch { get; init; }
}

/// <summary>What is done.</summary>
public sealed record EnvoyPatchValue
{
    [AllowedValues("INVALID", "MERGE", "ADD", "REMOVE", "INSERT_BEFORE", "INSERT_AFTER", "INSERT_FIRST", "REPLACE", "MERGE_AND_REPLACE_LIST")]
    public string? Operation { get; init; }

    /// <summary>A message of Envoy's as protobuf JSON.</summary>
    public JsonElement? Value { get; init; }

    [AllowedValues("UNSPECIFIED", "AUTHN", "AUTHZ", "STATS")]
    public string? FilterClass { get; init; }
}

/// <summary>What is changed.</summary>
public sealed record EnvoyConfigObjectMatch
{
    [AllowedValues("ANY", "SIDECAR_INBOUND", "SIDECAR_OUTBOUND", "GATEWAY", "WAYPOINT")]
    public string? Context { get; init; }

    public EnvoyProxyMatch? Proxy { get; init; }

    public EnvoyListenerMatch? Listener { get; init; }

    public EnvoyRouteConfigurationMatch? RouteConfiguration { get; init; }

    public EnvoyClusterMatch? Cluster { get; init; }

    public JsonElement? Waypoint { get; init; }
}

public sealed record EnvoyProxyMatch
{
    /// <summary>A regular expression that the proxy's version contains.</summary>
    public string? ProxyVersion { get; init; }

    /// <summary>Texts of the metadata of the proxy's xDS node.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

public sealed record EnvoyListenerMatch
{
    public int? PortNumber { get; init; }

    public string? PortName { get; init; }

    public EnvoyFilterChainMatch? FilterChain { get; init; }

    public string? ListenerFilter { get; init; }

    public string? Name { get; init; }
}

public sealed record EnvoyFilterChainMatch
{
    public string? Name { get; init; }

    public string? Sni { get; init; }

    public string? TransportProtocol { get; init; }

    /// <summary>Protocols of ALPN, with commas between; the chain must have all.</summary>
    public string? ApplicationProtocols { get; init; }

    public EnvoyNetworkFilterMatch? Filter { get; init; }

    public int? DestinationPort { get; init; }
}

public sealed record EnvoyNetworkFilterMatch
{
    public string? Name { get; init; }

    public EnvoySubFilterMatch? SubFilter { get; init; }
}

public sealed record EnvoySubFilterMatch
{
    public string? Name { get; init; }
}

public sealed record EnvoyRouteConfigurationMatch
{
    public int? PortNumber { get; init; }

    public string? PortName { get; init; }

    /// <summary>Namespace and name, with a slash between.</summary>
    public string? Gateway { get; init; }

    public EnvoyVirtualHostMatch? Vhost { get; init; }

    public string? Name { get; init; }
}

public sealed record EnvoyVirtualHostMatch
{
    public string? Name { get; init; }

    public string? DomainName { get; init; }

    public EnvoyRouteMatch? Route { get; init; }
}

public sealed record EnvoyRouteMatch
{
    public string? Name { get; init; }

    [AllowedValues("ANY", "ROUTE", "REDIRECT", "DIRECT_RESPONSE")]
    public string? Action { get; init; }
}

public sealed record EnvoyClusterMatch
{
    public int? PortNumber { get; init; }

    /// <summary>The full name of the host.</summary>
    public string? Service { get; init; }

    public string? Subset { get; init; }

    public string? Name { get; init; }
}
