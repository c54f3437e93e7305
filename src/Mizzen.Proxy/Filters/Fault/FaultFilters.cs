using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.Fault;

/// <summary>The steps of the fault filter: the delay first, then the abort.</summary>
internal static class FaultFilters
{
    public static void Add(List<HttpFilter> filters, FaultModel fault)
    {
        if (fault is { DelayPerMillion: > 0, Delay: > 0 })
        {
            filters.Add(new FaultDelayFilter(fault));
        }

        if (fault.AbortPerMillion > 0 && (fault.AbortStatus != 0 || fault.AbortGrpcStatus >= 0))
        {
            filters.Add(new FaultAbortFilter(fault));
        }
    }
}

/// <summary>Holds a share of the requests up (<c>envoy.filters.http.fault</c>, delay).</summary>
internal sealed class FaultDelayFilter(FaultModel fault) : HttpFilter
{
    public override FilterVerdict OnRequest(IFilterHost host)
    {
        if (host.Random.Below(1_000_000) >= fault.DelayPerMillion)
        {
            return FilterVerdict.Continue;
        }

        host.Record.Flags |= ResponseFlags.DelayInjected;
        host.WaitFor(fault.Delay);
        return FilterVerdict.Waiting;
    }
}

/// <summary>Answers a share of the requests with an error (<c>envoy.filters.http.fault</c>, abort).</summary>
internal sealed class FaultAbortFilter(FaultModel fault) : HttpFilter
{
    private readonly int _status = fault.AbortStatus != 0 ? fault.AbortStatus : StatusOf(fault.AbortGrpcStatus);

    public override FilterVerdict OnRequest(IFilterHost host)
    {
        if (host.Random.Below(1_000_000) >= fault.AbortPerMillion)
        {
            return FilterVerdict.Continue;
        }

        host.Respond(_status, "fault filter abort"u8, ResponseFlags.FaultInjected, "fault_filter_abort", fault.AbortGrpcStatus);
        return FilterVerdict.Responded;
    }

    /// <summary>The HTTP status that a gRPC status is for a client that does not speak gRPC (google.rpc.Code).</summary>
    private static int StatusOf(int grpc) => grpc switch
    {
        0 => 200,
        1 => 499,
        3 or 9 or 11 => 400,
        4 => 504,
        5 => 404,
        6 or 10 => 409,
        7 => 403,
        8 => 429,
        12 => 501,
        14 => 503,
        16 => 401,
        _ => 500,
    };
}
