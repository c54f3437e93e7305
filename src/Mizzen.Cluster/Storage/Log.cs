using Microsoft.Extensions.Logging;

namespace Mizzen.Cluster.Storage;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} changes could not be written to the database")]
    internal static partial void CommitFailed(ILogger logger, Exception error, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "old changes could not be removed from the database")]
    internal static partial void CompactionFailed(ILogger logger, Exception error);
}
