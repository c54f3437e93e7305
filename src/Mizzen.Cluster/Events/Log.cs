using Microsoft.Extensions.Logging;

namespace Mizzen.Cluster.Events;

internal static partial class Log
{
    [LoggerMessage(400, LogLevel.Warning, "event {Reason} about {Name} is lost: {Error}")]
    public static partial void EventLost(ILogger logger, string? reason, string? name, string error);
}
