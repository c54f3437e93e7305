using System.Text.Json;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Meta;

namespace Mizzen.Resources.GatewayApi;

/// <summary>HTTP requests (<c>gateway.networking.k8s.io/v1</c> HTTPRoute).</summary>
public sealed record KubernetesHttpRoute : Resource
{
    public KubernetesHttpRouteSpec? Spec { get; init; }

    public RouteStatus? Status { get; init; }
}

public sealed record KubernetesHttpRouteSpec
{
    public IReadOnlyList<ParentReference>? ParentRefs { get; init; }

    public IReadOnlyList<string>? Hostnames { get; init; }

    public IReadOnlyList<HttpRouteRule>? Rules { get; init; }
}

public sealed record HttpRouteRule
{
    public string? Name { get; init; }

    public IReadOnlyList<HttpRouteMatch>? Matches { get; init; }

    public IReadOnlyList<HttpRouteFilter>? Filters { get; init; }

    public IReadOnlyList<BackendReference>? BackendRefs { get; init; }

    public HttpRouteTimeouts? Timeouts { get; init; }

    public HttpRouteRetry? Retry { get; init; }

    public JsonElement? SessionPersistence { get; init; }
}

public sealed record HttpRouteMatch
{
    public HttpPathMatch? Path { get; init; }

    public IReadOnlyList<HttpNameMatch>? Headers { get; init; }

    public IReadOnlyList<HttpNameMatch>? QueryParams { get; init; }

    public string? Method { get; init; }
}

public sealed record HttpPathMatch
{
    [AllowedValues("Exact", "PathPrefix", "RegularExpression")]
    public string? Type { get; init; }

    public string? Value { get; init; }
}

/// <summary>A condition on a header or a query parameter.</summary>
public sealed record HttpNameMatch
{
    [AllowedValues("Exact", "RegularExpression")]
    public string? Type { get; init; }

    public required string Name { get; init; }

    public required string Value { get; init; }
}

public sealed record HttpRouteFilter
{
    [AllowedValues("RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "RequestRedirect", "URLRewrite", "CORS", "ExtensionRef", "ExternalAuth")]
    public required string Type { get; init; }

    public HttpHeaderFilter? RequestHeaderModifier { get; init; }

    public HttpHeaderFilter? ResponseHeaderModifier { get; init; }

    public HttpRequestMirrorFilter? RequestMirror { get; init; }

    public HttpRequestRedirectFilter? RequestRedirect { get; init; }

    public HttpUrlRewriteFilter? UrlRewrite { get; init; }

    public HttpCorsFilter? Cors { get; init; }

    public JsonElement? ExtensionRef { get; init; }
}

public sealed record HttpHeaderFilter
{
    [ListMap("name")]
    public IReadOnlyList<HttpHeaderValue>? Set { get; init; }

    [ListMap("name")]
    public IReadOnlyList<HttpHeaderValue>? Add { get; init; }

    [ListSet]
    public IReadOnlyList<string>? Remove { get; init; }
}

public sealed record HttpHeaderValue
{
    public required string Name { get; init; }

    public required string Value { get; init; }
}

public sealed record HttpRequestMirrorFilter
{
    public required BackendObjectReference BackendRef { get; init; }

    public int? Percent { get; init; }

    public MirrorFraction? Fraction { get; init; }
}

public sealed record MirrorFraction
{
    public required int Numerator { get; init; }

    public int? Denominator { get; init; }
}

public sealed record HttpRequestRedirectFilter
{
    public string? Scheme { get; init; }

    public string? Hostname { get; init; }

    public HttpPathModifier? Path { get; init; }

    public int? Port { get; init; }

    public int? StatusCode { get; init; }
}

public sealed record HttpUrlRewriteFilter
{
    public string? Hostname { get; init; }

    public HttpPathModifier? Path { get; init; }
}

public sealed record HttpPathModifier
{
    [AllowedValues("ReplaceFullPath", "ReplacePrefixMatch")]
    public required string Type { get; init; }

    public string? ReplaceFullPath { get; init; }

    public string? ReplacePrefixMatch { get; init; }
}

public sealed record HttpCorsFilter
{
    public IReadOnlyList<string>? AllowOrigins { get; init; }

    public bool? AllowCredentials { get; init; }

    public IReadOnlyList<string>? AllowMethods { get; init; }

    public IReadOnlyList<string>? AllowHeaders { get; init; }

    public IReadOnlyList<string>? ExposeHeaders { get; init; }

    /// <summary>Seconds.</summary>
    public int? MaxAge { get; init; }
}

public sealed record HttpRouteTimeouts
{
    public string? Request { get; init; }

    public string? BackendRequest { get; init; }
}

public sealed record HttpRouteRetry
{
    public IReadOnlyList<int>? Codes { get; init; }

    public int? Attempts { get; init; }

    public string? Backoff { get; init; }
}

/// <summary>gRPC calls (<c>gateway.networking.k8s.io/v1</c> GRPCRoute).</summary>
public sealed record KubernetesGrpcRoute : Resource
{
    public KubernetesGrpcRouteSpec? Spec { get; init; }

    public RouteStatus? Status { get; init; }
}

public sealed record KubernetesGrpcRouteSpec
{
    public IReadOnlyList<ParentReference>? ParentRefs { get; init; }

    public IReadOnlyList<string>? Hostnames { get; init; }

    public IReadOnlyList<GrpcRouteRule>? Rules { get; init; }
}

public sealed record GrpcRouteRule
{
    public string? Name { get; init; }

    public IReadOnlyList<GrpcRouteMatch>? Matches { get; init; }

    public IReadOnlyList<HttpRouteFilter>? Filters { get; init; }

    public IReadOnlyList<BackendReference>? BackendRefs { get; init; }
}

public sealed record GrpcRouteMatch
{
    public GrpcMethodMatch? Method { get; init; }

    public IReadOnlyList<HttpNameMatch>? Headers { get; init; }
}

public sealed record GrpcMethodMatch
{
    [AllowedValues("Exact", "RegularExpression")]
    public string? Type { get; init; }

    public string? Service { get; init; }

    public string? Method { get; init; }
}
