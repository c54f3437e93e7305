namespace Mizzen.Resources.Mesh;

/// <summary>A service that the mesh asks or tells, under a name that policies use (<c>MeshConfig.ExtensionProvider</c>).</summary>
public sealed record ExtensionProvider
{
    public string? Name { get; init; }

    public EnvoyExternalAuthorizationHttpProvider? EnvoyExtAuthzHttp { get; init; }

    public EnvoyExternalAuthorizationGrpcProvider? EnvoyExtAuthzGrpc { get; init; }
}

/// <summary>An authorization service over gRPC (<c>envoy.service.auth.v3.Authorization</c>).</summary>
public sealed record EnvoyExternalAuthorizationGrpcProvider
{
    /// <summary><c>host</c> or <c>namespace/host</c>.</summary>
    public string? Service { get; init; }

    public int? Port { get; init; }

    public string? Timeout { get; init; }

    public bool? FailOpen { get; init; }

    public bool? ClearRouteCache { get; init; }

    public string? StatusOnError { get; init; }

    public ExternalAuthorizationBody? IncludeRequestBodyInCheck { get; init; }
}

/// <summary>An authorization service over HTTP.</summary>
public sealed record EnvoyExternalAuthorizationHttpProvider
{
    /// <summary><c>host</c> or <c>namespace/host</c>.</summary>
    public string? Service { get; init; }

    public int? Port { get; init; }

    public string? Timeout { get; init; }

    public string? PathPrefix { get; init; }

    public bool? FailOpen { get; init; }

    public string? StatusOnError { get; init; }

    public IReadOnlyList<string>? IncludeRequestHeadersInCheck { get; init; }

    /// <summary>The older name of <see cref="IncludeRequestHeadersInCheck"/>.</summary>
    public IReadOnlyList<string>? IncludeHeadersInCheck { get; init; }

    public IReadOnlyDictionary<string, string>? IncludeAdditionalHeadersInCheck { get; init; }

    public ExternalAuthorizationBody? IncludeRequestBodyInCheck { get; init; }

    public IReadOnlyList<string>? HeadersToUpstreamOnAllow { get; init; }

    public IReadOnlyList<string>? HeadersToDownstreamOnAllow { get; init; }

    public IReadOnlyList<string>? HeadersToDownstreamOnDeny { get; init; }
}

/// <summary>How much of a request's body an authorization service sees.</summary>
public sealed record ExternalAuthorizationBody
{
    public int? MaxRequestBytes { get; init; }

    public bool? AllowPartialMessage { get; init; }

    public bool? PackAsBytes { get; init; }
}
