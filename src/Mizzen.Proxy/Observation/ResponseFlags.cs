namespace Mizzen.Proxy.Observation;

/// <summary>The closed set of what can go wrong with an exchange; names and texts are Envoy's.</summary>
[Flags]
internal enum ResponseFlags
{
    None = 0,

    /// <summary>LH</summary>
    LocalHealthCheckFailed = 1 << 0,

    /// <summary>UH</summary>
    NoHealthyUpstream = 1 << 1,

    /// <summary>UT</summary>
    UpstreamRequestTimeout = 1 << 2,

    /// <summary>LR</summary>
    LocalReset = 1 << 3,

    /// <summary>UR</summary>
    UpstreamRemoteReset = 1 << 4,

    /// <summary>UF</summary>
    UpstreamConnectionFailure = 1 << 5,

    /// <summary>UC</summary>
    UpstreamConnectionTermination = 1 << 6,

    /// <summary>UO</summary>
    UpstreamOverflow = 1 << 7,

    /// <summary>NR</summary>
    NoRouteFound = 1 << 8,

    /// <summary>DI</summary>
    DelayInjected = 1 << 9,

    /// <summary>FI</summary>
    FaultInjected = 1 << 10,

    /// <summary>RL</summary>
    RateLimited = 1 << 11,

    /// <summary>UAEX</summary>
    UnauthorizedExternalService = 1 << 12,

    /// <summary>DC</summary>
    DownstreamConnectionTermination = 1 << 14,

    /// <summary>URX</summary>
    UpstreamRetryLimitExceeded = 1 << 15,

    /// <summary>SI</summary>
    StreamIdleTimeout = 1 << 16,

    /// <summary>DPE</summary>
    DownstreamProtocolError = 1 << 18,

    /// <summary>UPE</summary>
    UpstreamProtocolError = 1 << 19,

    /// <summary>DT</summary>
    DurationTimeout = 1 << 22,

    /// <summary>NC</summary>
    NoClusterFound = 1 << 24,

    /// <summary>OM</summary>
    OverloadManager = 1 << 25,
}
