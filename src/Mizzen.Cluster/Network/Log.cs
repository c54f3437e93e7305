using Microsoft.Extensions.Logging;

namespace Mizzen.Cluster.Network;

internal static partial class Log
{
    [LoggerMessage(300, LogLevel.Warning, "a relay cannot accept a connection: {Reason}")]
    public static partial void AcceptFailed(ILogger logger, string reason);

    [LoggerMessage(301, LogLevel.Information, "egress to {Destination} failed: {Reason}")]
    public static partial void EgressFailed(ILogger logger, string destination, string reason);

    [LoggerMessage(302, LogLevel.Information, "host port {Port}: {Reason}")]
    public static partial void HostPortFailed(ILogger logger, int port, string reason);

    [LoggerMessage(303, LogLevel.Error, "the rules of services could not be written, the old ones stay: {Reason}")]
    public static partial void RulesFailed(ILogger logger, string reason);
}
