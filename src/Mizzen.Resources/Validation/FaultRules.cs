using Mizzen.Resources.Networking;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for injected faults.</summary>
internal static class FaultRules
{
    private static readonly HashSet<string> GrpcStatuses = new(StringComparer.OrdinalIgnoreCase)
    {
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    };

    public static void Check(HTTPFaultInjection? fault, string path, Findings findings)
    {
        if (fault is null)
        {
            return;
        }

        if (fault.Delay is null && fault.Abort is null)
        {
            findings.Error(path, "injects nothing", "give delay or abort");
        }

        CheckDelay(fault.Delay, path + ".delay", findings);
        CheckAbort(fault.Abort, path + ".abort", findings);
    }

    private static void CheckDelay(FaultDelay? delay, string path, Findings findings)
    {
        if (delay is null)
        {
            return;
        }

        if (delay.ExponentialDelay is not null)
        {
            findings.Error(path + ".exponentialDelay", "is not supported", "use fixedDelay");
        }
        else if (delay.FixedDelay is null)
        {
            findings.Error(path + ".fixedDelay", "is missing", "say how long, like 2s");
        }

        findings.Duration(path + ".fixedDelay", delay.FixedDelay);
        findings.Percent(path + ".percentage.value", delay.Percentage?.Value);
        findings.Percent(path + ".percent", delay.Percent);
        if (delay is { Percentage: null, Percent: null })
        {
            findings.Warn(path, "no share is given, and the default is 0 %: nothing is delayed", "give percentage: {value: 100}");
        }
    }

    private static void CheckAbort(FaultAbort? abort, string path, Findings findings)
    {
        if (abort is null)
        {
            return;
        }

        if (abort.Http2Error is not null)
        {
            findings.Error(path + ".http2Error", "is not supported", "use httpStatus or grpcStatus");
        }
        else if (abort.HttpStatus is null && abort.GrpcStatus is null)
        {
            findings.Warn(path, "says no error, so nothing is aborted", "give httpStatus or grpcStatus");
        }

        if (abort.HttpStatus is < 200 or > 599)
        {
            findings.Error(path + ".httpStatus", $"{abort.HttpStatus} is not a status", "give a status from 200 to 599");
        }

        if (abort.GrpcStatus is { } status && !GrpcStatuses.Contains(status))
        {
            findings.Error(path + ".grpcStatus", $"'{status}' is not a gRPC status", "give its name, like UNAVAILABLE");
        }

        findings.Percent(path + ".percentage.value", abort.Percentage?.Value);
        if (abort.Percentage is null)
        {
            findings.Warn(path, "no share is given, and the default is 0 %: nothing is aborted", "give percentage: {value: 100}");
        }
    }
}
