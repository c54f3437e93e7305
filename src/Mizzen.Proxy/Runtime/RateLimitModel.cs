namespace Mizzen.Proxy.Runtime;

/// <summary>A local rate limit of requests (<c>envoy.filters.http.local_ratelimit</c>).</summary>
internal sealed record RateLimitModel : FilterSettings
{
    public required string StatPrefix { get; init; }

    /// <summary>Null for no limit.</summary>
    public TokenBucket? Bucket { get; init; }

    /// <summary>Status of refusals.</summary>
    public int Status { get; init; } = 429;

    /// <summary>Share of the requests that are counted, in millionths; nothing unless it is said.</summary>
    public uint EnabledPerMillion { get; init; }

    /// <summary>Share of the requests without a token that are refused, in millionths; nothing unless it is said.</summary>
    public uint EnforcedPerMillion { get; init; }

    /// <summary>Added to refusals.</summary>
    public HeaderMutations ResponseHeaders { get; init; } = HeaderMutations.None;

    /// <summary>Added to requests that pass though they should not have.</summary>
    public HeaderMutations NotEnforcedHeaders { get; init; } = HeaderMutations.None;
}

/// <summary>A limit of new connections (<c>envoy.filters.network.local_ratelimit</c>).</summary>
internal sealed record ConnectionLimitModel(string StatPrefix, TokenBucket Bucket) : FilterSettings;

/// <summary>Requests are read whole before they go on (<c>envoy.filters.http.buffer</c>).</summary>
/// <param name="MaxBytes">Bytes beyond which a request is refused.</param>
internal sealed record BufferModel(int MaxBytes) : FilterSettings;

/// <summary>Header changes by a filter of their own (<c>envoy.filters.http.header_mutation</c>), one after the other.</summary>
internal sealed record HeaderMutationModel(IReadOnlyList<HeaderMutations> Request, IReadOnlyList<HeaderMutations> Response) : FilterSettings;
