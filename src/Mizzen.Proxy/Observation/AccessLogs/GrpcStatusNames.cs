namespace Mizzen.Proxy.Observation.AccessLogs;

/// <summary>Names of google.rpc.Code as Envoy's access log writes them.</summary>
internal static class GrpcStatusNames
{
    private static readonly string[] Names =
    [
        "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "PermissionDenied", "ResourceExhausted",
        "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable", "DataLoss", "Unauthenticated",
    ];

    /// <summary>The name; the number of a status that is not known.</summary>
    public static string Of(int status) =>
        status < Names.Length ? Names[status] : status.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
