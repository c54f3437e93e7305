using Microsoft.Extensions.Logging;

namespace Mizzen.Cluster.Node;

internal static partial class Log
{
    [LoggerMessage(340, LogLevel.Warning, "the lease of {Node} could not be renewed: {Error}")]
    public static partial void LeaseFailed(ILogger logger, string node, string error);

    [LoggerMessage(342, LogLevel.Information, "pod {Namespace}/{Name}: {Reason}")]
    public static partial void PodFailed(ILogger logger, string? @namespace, string? name, string reason);

    [LoggerMessage(343, LogLevel.Warning, "the status of pod {Namespace}/{Name} could not be written: {Reason}")]
    public static partial void StatusFailed(ILogger logger, string? @namespace, string? name, string reason);

    [LoggerMessage(344, LogLevel.Error, "the worker of pod {Namespace}/{Name} ended unexpectedly")]
    public static partial void WorkerEnded(ILogger logger, string? @namespace, string? name, Exception error);
}
