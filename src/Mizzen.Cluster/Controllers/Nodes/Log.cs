using Microsoft.Extensions.Logging;

namespace Mizzen.Cluster.Controllers.Nodes;

/// <summary>What the controllers of nodes log.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "the state of nodes cannot be looked after: {Reason}")]
    public static partial void NodeHealthFailed(ILogger logger, string reason);
}
