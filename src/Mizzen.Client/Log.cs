using Microsoft.Extensions.Logging;

namespace Mizzen.Client;

internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "watch of {Kind} is interrupted and tried again: {Reason}")]
    public static partial void WatchFailed(ILogger logger, string kind, string reason);

    [LoggerMessage(101, LogLevel.Warning, "{Controller}: {Key} failed and is tried again")]
    public static partial void ReconcileFailed(ILogger logger, string controller, string key, Exception error);

    [LoggerMessage(102, LogLevel.Debug, "{Controller}: {Key} has changed meanwhile and is tried again: {Reason}")]
    public static partial void ReconcileOvertaken(ILogger logger, string controller, string key, string reason);
}
