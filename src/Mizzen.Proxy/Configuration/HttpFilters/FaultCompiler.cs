using Envoy.Extensions.Filters.Http.Fault.V3;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration.HttpFilters;

/// <summary>HTTPFault messages; a route's replaces the listener's as a whole.</summary>
internal static class FaultCompiler
{
    public static FilterKind Kind { get; } = new FilterKind<HTTPFault, HTTPFault>
    {
        Name = "envoy.filters.http.fault",
        Listener = static (message, _) => Compile(message),
        Route = static (message, _) => new FilterOverride(Compile(message)),
    };

    private static FaultModel Compile(HTTPFault message) => new()
    {
        Delay = Values.Milliseconds(message.Delay?.FixedDelay, 0),
        DelayPerMillion = message.Delay?.Percentage is { } delayed ? Values.PerMillion(delayed) : 0,
        AbortStatus = (int)(message.Abort?.HttpStatus ?? 0),
        AbortGrpcStatus = message.Abort?.ErrorTypeCase == FaultAbort.ErrorTypeOneofCase.GrpcStatus ? (int)message.Abort.GrpcStatus : -1,
        AbortPerMillion = message.Abort?.Percentage is { } aborted ? Values.PerMillion(aborted) : 0,
    };
}
