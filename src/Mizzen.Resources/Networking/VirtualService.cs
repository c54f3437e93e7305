using System.Text.Json;
using System.Text.Json.Serialization;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.Networking;

/// <summary>How requests to hosts are routed (<c>networking.istio.io</c> VirtualService).</summary>
public sealed record VirtualService : Resource
{
    public VirtualServiceSpec? Spec { get; init; }

    public IstioStatus? Status { get; init; }
}

public sealed record VirtualServiceSpec
{
    public IReadOnlyList<string>? Hosts { get; init; }

    public IReadOnlyList<string>? Gateways { get; init; }

    public IReadOnlyList<HTTPRoute>? Http { get; init; }

    public IReadOnlyList<TLSRoute>? Tls { get; init; }

    public IReadOnlyList<TCPRoute>? Tcp { get; init; }

    public IReadOnlyList<string>? ExportTo { get; init; }
}

public sealed record HTTPRoute
{
    /// <summary>The rule comes from the Gateway API, where a destination that does not exist is answered 500. Not part of Istio's kind.</summary>
    [JsonIgnore]
    public bool IsGatewayApi { get; init; }

    /// <summary>Path of the object that the rule comes from, where it is another than the VirtualService. Not part of Istio's kind.</summary>
    [JsonIgnore]
    public string? Origin { get; init; }

    public string? Name { get; init; }

    public IReadOnlyList<HTTPMatchRequest>? Match { get; init; }

    public IReadOnlyList<HTTPRouteDestination>? Route { get; init; }

    public HTTPRedirect? Redirect { get; init; }

    public HTTPDirectResponse? DirectResponse { get; init; }

    public Delegate? Delegate { get; init; }

    public HTTPRewrite? Rewrite { get; init; }

    public string? Timeout { get; init; }

    public HTTPRetry? Retries { get; init; }

    public HTTPFaultInjection? Fault { get; init; }

    public Destination? Mirror { get; init; }

    public int? MirrorPercent { get; init; }

    public Percent? MirrorPercentage { get; init; }

    public IReadOnlyList<HTTPMirrorPolicy>? Mirrors { get; init; }

    public CorsPolicy? CorsPolicy { get; init; }

    public Headers? Headers { get; init; }
}

public sealed record Delegate
{
    public string? Name { get; init; }

    public string? Namespace { get; init; }
}

public sealed record HTTPMatchRequest
{
    /// <summary><see cref="Uri"/>'s prefix ends at a segment of the path (Gateway API, Ingress). Not part of Istio's kind.</summary>
    [JsonIgnore]
    public bool IsPathSegments { get; init; }

    public string? Name { get; init; }

    public StringMatch? Uri { get; init; }

    public StringMatch? Scheme { get; init; }

    public StringMatch? Method { get; init; }

    public StringMatch? Authority { get; init; }

    public IReadOnlyDictionary<string, StringMatch>? Headers { get; init; }

    public IReadOnlyDictionary<string, StringMatch>? WithoutHeaders { get; init; }

    public IReadOnlyDictionary<string, StringMatch>? QueryParams { get; init; }

    public int? Port { get; init; }

    public IReadOnlyDictionary<string, string>? SourceLabels { get; init; }

    public string? SourceNamespace { get; init; }

    public IReadOnlyList<string>? Gateways { get; init; }

    public bool? IgnoreUriCase { get; init; }

    public string? StatPrefix { get; init; }
}

/// <summary>One of the three; none means "is present".</summary>
public sealed record StringMatch
{
    public string? Exact { get; init; }

    public string? Prefix { get; init; }

    public string? Regex { get; init; }
}

public sealed record HTTPRouteDestination
{
    public Destination? Destination { get; init; }

    public int? Weight { get; init; }

    public Headers? Headers { get; init; }
}

public sealed record Destination
{
    public string? Host { get; init; }

    public string? Subset { get; init; }

    public PortSelector? Port { get; init; }
}

public sealed record PortSelector
{
    public int? Number { get; init; }
}

public sealed record HTTPRedirect
{
    /// <summary>Replaces by pattern, where a prefix would leave two slashes. Not part of Istio's kind.</summary>
    [JsonIgnore]
    public RegexRewrite? UriRegexRewrite { get; init; }

    /// <summary>A derived port that is HTTP's or HTTPS's own is not written (Gateway API). Not part of Istio's kind.</summary>
    [JsonIgnore]
    public bool OmitsOwnPort { get; init; }

    public string? Uri { get; init; }

    public string? PrefixRewrite { get; init; }

    public string? Authority { get; init; }

    public int? Port { get; init; }

    [AllowedValues("FROM_PROTOCOL_DEFAULT", "FROM_REQUEST_PORT")]
    public string? DerivePort { get; init; }

    public string? Scheme { get; init; }

    public int? RedirectCode { get; init; }
}

public sealed record HTTPDirectResponse
{
    public int? Status { get; init; }

    public HTTPBody? Body { get; init; }
}

public sealed record HTTPBody
{
    public string? String { get; init; }

    /// <summary>Base64.</summary>
    public string? Bytes { get; init; }
}

public sealed record HTTPRewrite
{
    public string? Uri { get; init; }

    public string? Authority { get; init; }

    public RegexRewrite? UriRegexRewrite { get; init; }
}

public sealed record RegexRewrite
{
    public string? Match { get; init; }

    public string? Rewrite { get; init; }
}

public sealed record HTTPRetry
{
    public int? Attempts { get; init; }

    public string? PerTryTimeout { get; init; }

    public string? RetryOn { get; init; }

    public bool? RetryRemoteLocalities { get; init; }

    public bool? RetryIgnorePreviousHosts { get; init; }

    public string? Backoff { get; init; }
}

public sealed record HTTPFaultInjection
{
    public FaultDelay? Delay { get; init; }

    public FaultAbort? Abort { get; init; }
}

public sealed record FaultDelay
{
    public int? Percent { get; init; }

    public Percent? Percentage { get; init; }

    public string? FixedDelay { get; init; }

    public string? ExponentialDelay { get; init; }
}

public sealed record FaultAbort
{
    public Percent? Percentage { get; init; }

    public int? HttpStatus { get; init; }

    public string? GrpcStatus { get; init; }

    public string? Http2Error { get; init; }
}

/// <summary>0 to 100.</summary>
public sealed record Percent
{
    public double? Value { get; init; }
}

public sealed record HTTPMirrorPolicy
{
    public Destination? Destination { get; init; }

    public Percent? Percentage { get; init; }
}

public sealed record CorsPolicy
{
    public IReadOnlyList<string>? AllowOrigin { get; init; }

    public IReadOnlyList<StringMatch>? AllowOrigins { get; init; }

    public IReadOnlyList<string>? AllowMethods { get; init; }

    public IReadOnlyList<string>? AllowHeaders { get; init; }

    public IReadOnlyList<string>? ExposeHeaders { get; init; }

    public string? MaxAge { get; init; }

    public bool? AllowCredentials { get; init; }

    [AllowedValues("UNSPECIFIED", "FORWARD", "IGNORE")]
    public string? UnmatchedPreflights { get; init; }
}

public sealed record Headers
{
    public HeaderOperations? Request { get; init; }

    public HeaderOperations? Response { get; init; }
}

public sealed record HeaderOperations
{
    public IReadOnlyDictionary<string, string>? Set { get; init; }

    public IReadOnlyDictionary<string, string>? Add { get; init; }

    public IReadOnlyList<string>? Remove { get; init; }
}

public sealed record TLSRoute
{
    public IReadOnlyList<TLSMatchAttributes>? Match { get; init; }

    public IReadOnlyList<RouteDestination>? Route { get; init; }
}

public sealed record TLSMatchAttributes
{
    public IReadOnlyList<string>? SniHosts { get; init; }

    public IReadOnlyList<string>? DestinationSubnets { get; init; }

    public int? Port { get; init; }

    public IReadOnlyDictionary<string, string>? SourceLabels { get; init; }

    public IReadOnlyList<string>? Gateways { get; init; }

    public string? SourceNamespace { get; init; }
}

public sealed record TCPRoute
{
    public IReadOnlyList<L4MatchAttributes>? Match { get; init; }

    public IReadOnlyList<RouteDestination>? Route { get; init; }
}

public sealed record L4MatchAttributes
{
    public IReadOnlyList<string>? DestinationSubnets { get; init; }

    public int? Port { get; init; }

    public string? SourceSubnet { get; init; }

    public IReadOnlyDictionary<string, string>? SourceLabels { get; init; }

    public IReadOnlyList<string>? Gateways { get; init; }

    public string? SourceNamespace { get; init; }
}

public sealed record RouteDestination
{
    public Destination? Destination { get; init; }

    public int? Weight { get; init; }
}

/// <summary>What the control plane says of a user's object (<c>meta.istio.io</c> IstioStatus).</summary>
public sealed record IstioStatus
{
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    public IReadOnlyList<JsonElement>? ValidationMessages { get; init; }

    public IntOrString? ObservedGeneration { get; init; }
}
