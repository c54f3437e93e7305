namespace Mizzen.Proxy.Runtime;

/// <summary>Conditions of <c>retry_on</c>.</summary>
[Flags]
internal enum RetryOn
{
    None = 0,
    ServerError = 1 << 0,
    GatewayError = 1 << 1,
    Reset = 1 << 2,
    ResetBeforeRequest = 1 << 3,
    ConnectFailure = 1 << 4,
    Retriable4xx = 1 << 5,
    RefusedStream = 1 << 6,
    RetriableStatusCodes = 1 << 7,
    RetriableHeaders = 1 << 8,
    EnvoyRateLimited = 1 << 9,
    GrpcCancelled = 1 << 10,
    GrpcDeadlineExceeded = 1 << 11,
    GrpcInternal = 1 << 12,
    GrpcResourceExhausted = 1 << 13,
    GrpcUnavailable = 1 << 14,
}

/// <summary>A response field in which an endpoint says when to come again.</summary>
/// <param name="Name">In lower case.</param>
/// <param name="IsTime">It holds seconds since 1970 instead of seconds from now.</param>
internal sealed record RetryResetField(byte[] Name, bool IsTime);

/// <summary>A retry policy.</summary>
internal sealed record RetryModel
{
    public RetryOn On { get; init; }

    /// <summary>Retries after the first attempt.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Milliseconds per attempt; 0 for the route's timeout only.</summary>
    public long PerTryTimeout { get; init; }

    public IReadOnlyList<int> StatusCodes { get; init; } = [];

    public IReadOnlyList<HeaderMatchModel> RetriableHeaders { get; init; } = [];

    /// <summary>Milliseconds of the first back-off's upper bound; doubles with each retry, with full jitter.</summary>
    public long BackOffBase { get; init; } = 25;

    /// <summary>Upper bound of any back-off in milliseconds.</summary>
    public long BackOffMax { get; init; } = 250;

    /// <summary>Response fields that say how long to wait before the next attempt; the first that can be followed counts.</summary>
    public IReadOnlyList<RetryResetField> ResetFields { get; init; } = [];

    /// <summary>Milliseconds beyond which such a wish is not followed.</summary>
    public long ResetMax { get; init; } = 300_000;

    /// <summary>Choose again when an endpoint was tried before (<c>previous_hosts</c>).</summary>
    public bool AvoidPreviousHosts { get; init; }

    public int HostSelectionAttempts { get; init; } = 1;
}
