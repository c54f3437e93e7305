using Microsoft.Extensions.Logging;

namespace Mizzen.Cluster.Dns;

internal static partial class Log
{
    [LoggerMessage(320, LogLevel.Debug, "a name server socket failed: {Reason}")]
    public static partial void SocketFailed(ILogger logger, string reason);

    [LoggerMessage(321, LogLevel.Debug, "the host cannot resolve {Name}: {Reason}")]
    public static partial void OutsideFailed(ILogger logger, string name, string reason);
}
