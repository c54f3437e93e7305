namespace Mizzen.Proxy.Runtime;

/// <summary>Asking somebody whether a request may pass, over HTTP or gRPC (<c>envoy.filters.http.ext_authz</c>).</summary>
internal sealed record ExternalAuthorizationModel : FilterSettings
{
    public required ClusterKey Cluster { get; init; }

    /// <summary>How to ask over gRPC; null asks over HTTP.</summary>
    public GrpcAuthorizationModel? Grpc { get; init; }

    /// <summary>In front of the request's path.</summary>
    public byte[] PathPrefix { get; init; } = [];

    /// <summary>Milliseconds.</summary>
    public long Timeout { get; init; } = 200;

    /// <summary>Let pass what nobody answers for.</summary>
    public bool FailureModeAllow { get; init; }

    /// <summary>Tell the upstream, in x-envoy-auth-failure-mode-allowed, that nobody answered.</summary>
    public bool FailureModeAllowHeader { get; init; }

    /// <summary>Status when nobody answers.</summary>
    public int StatusOnError { get; init; } = 403;

    /// <summary>Bytes of body that are shown; 0 for none.</summary>
    public int BodyBytes { get; init; }

    /// <summary>A longer body is shown in part; otherwise it is refused with 413.</summary>
    public bool AllowPartialBody { get; init; }

    /// <summary>Headers of the request that are shown, beside Authorization.</summary>
    public IReadOnlyList<StringMatchModel> ShownHeaders { get; init; } = [];

    /// <summary>Headers that are added to the question.</summary>
    public IReadOnlyList<HeaderAddition> AddedHeaders { get; init; } = [];

    /// <summary>Headers of an answer that lets pass which replace those of the request.</summary>
    public IReadOnlyList<StringMatchModel> UpstreamHeaders { get; init; } = [];

    /// <summary>The same, added to those that are there.</summary>
    public IReadOnlyList<StringMatchModel> UpstreamHeadersAppended { get; init; } = [];

    /// <summary>Headers of a refusal that the client gets; null for all.</summary>
    public IReadOnlyList<StringMatchModel>? ClientHeaders { get; init; }

    /// <summary>Headers of an answer that lets pass which the response gets.</summary>
    public IReadOnlyList<StringMatchModel> ClientHeadersOnSuccess { get; init; } = [];

    /// <summary>Ask only when filters in front have found this; null asks always.</summary>
    public RbacCondition.Metadata? OnlyIf { get; init; }
}

/// <summary>What a route says about it.</summary>
/// <param name="WithoutBody">The body is not shown.</param>
/// <param name="Extensions">Told to a service over gRPC (<c>context_extensions</c>).</param>
internal sealed record ExternalAuthorizationRouteModel(bool WithoutBody, IReadOnlyDictionary<string, string> Extensions) : FilterSettings;

/// <summary>A service of <c>envoy.service.auth.v3.Authorization</c>.</summary>
internal sealed record GrpcAuthorizationModel
{
    /// <summary>The :authority of calls.</summary>
    public byte[] Authority { get; init; } = [];

    /// <summary>Added to every call.</summary>
    public IReadOnlyList<HeaderAddition> Metadata { get; init; } = [];

    /// <summary>The body is shown as bytes, not as text.</summary>
    public bool ShowsRawBody { get; init; }

    /// <summary>The client's server name (SNI) is shown.</summary>
    public bool ShowsServerName { get; init; }
}
