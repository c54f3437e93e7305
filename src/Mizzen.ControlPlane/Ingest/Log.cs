using Microsoft.Extensions.Logging;

namespace Mizzen.ControlPlane.Ingest;

internal static partial class Log
{
    [LoggerMessage(600, LogLevel.Information, "mesh snapshot {Version}: {Services} services, {VirtualServices} virtual services, {Problems} problems")]
    public static partial void SnapshotMade(ILogger logger, long version, int services, int virtualServices, int problems);

    [LoggerMessage(601, LogLevel.Information, "keys of {Address}: {Outcome}")]
    public static partial void KeysFetched(ILogger logger, string address, string outcome);
}
