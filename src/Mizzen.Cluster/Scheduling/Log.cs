using Microsoft.Extensions.Logging;

namespace Mizzen.Cluster.Scheduling;

internal static partial class Log
{
    [LoggerMessage(410, LogLevel.Warning, "pod {Namespace}/{Name} could not be bound and is tried again: {Reason}")]
    public static partial void BindingFailed(ILogger logger, string? @namespace, string? name, string reason);

    [LoggerMessage(411, LogLevel.Warning, "the status of pod {Namespace}/{Name} could not be written: {Reason}")]
    public static partial void StatusFailed(ILogger logger, string? @namespace, string? name, string reason);
}
