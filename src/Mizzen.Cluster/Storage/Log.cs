using Microsoft.Extensions.Logging;

namespace Mizzen.Cluster.Storage;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} changes could not be written to the database")]
    internal static partial void CommitFailed(ILogger logger, Exception error, int count);
}
