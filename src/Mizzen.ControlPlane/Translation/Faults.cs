using Envoy.Extensions.Filters.Http.Fault.V3;
using Envoy.Type.V3;
using Mizzen.Resources.Fields;
using Mizzen.Resources.Networking;
using Percent = Mizzen.Resources.Networking.Percent;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Injected faults. A share that is not given is none: Istio's default is 0.</summary>
internal static class Faults
{
    private const int PerPercent = 10_000;

    /// <summary>gRPC's status names and numbers (grpc.io, "Status codes").</summary>
    private static readonly string[] GrpcStatuses =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    public static HTTPFault? Of(HTTPFaultInjection? fault)
    {
        var delay = GoDuration.Parse(fault?.Delay?.FixedDelay);
        var abort = AbortOf(fault?.Abort);
        if (delay is null && abort is null)
        {
            return null;
        }

        return new HTTPFault
        {
            Delay = delay is { } time ? new() { FixedDelay = Messages.Of(time), Percentage = Share(fault!.Delay!.Percentage, fault.Delay.Percent) } : null,
            Abort = abort,
        };
    }

    public static FractionalPercent Share(Percent? percentage, int? percent) => new()
    {
        Numerator = (uint)Math.Round((percentage?.Value ?? percent ?? 0) * PerPercent),
        Denominator = FractionalPercent.Types.DenominatorType.Million,
    };

    private static Envoy.Extensions.Filters.Http.Fault.V3.FaultAbort? AbortOf(Resources.Networking.FaultAbort? abort)
    {
        if (abort is null)
        {
            return null;
        }

        var message = new Envoy.Extensions.Filters.Http.Fault.V3.FaultAbort { Percentage = Share(abort.Percentage, null) };
        if (abort.HttpStatus is > 0 and { } status)
        {
            message.HttpStatus = (uint)status;
        }
        else if (Array.IndexOf(GrpcStatuses, abort.GrpcStatus?.ToUpperInvariant()) is >= 0 and var code)
        {
            message.GrpcStatus = (uint)code;
        }
        else
        {
            return null;
        }

        return message;
    }
}
