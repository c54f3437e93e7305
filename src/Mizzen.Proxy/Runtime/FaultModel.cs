namespace Mizzen.Proxy.Runtime;

/// <summary>Injected faults (<c>envoy.extensions.filters.http.fault.v3.HTTPFault</c>). Delay is decided first, then abort; independent dice.</summary>
internal sealed record FaultModel : FilterSettings
{
    /// <summary>Milliseconds.</summary>
    public long Delay { get; init; }

    /// <summary>Chance of the delay in millionths.</summary>
    public uint DelayPerMillion { get; init; }

    /// <summary>HTTP status 200 to 599; 0 for none.</summary>
    public int AbortStatus { get; init; }

    /// <summary>gRPC status; -1 for none.</summary>
    public int AbortGrpcStatus { get; init; } = -1;

    /// <summary>Chance of the abort in millionths.</summary>
    public uint AbortPerMillion { get; init; }
}
