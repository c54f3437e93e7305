using System.Net;
using Microsoft.Extensions.Logging;

namespace Mizzen.ControlPlane;

internal static partial class Log
{
    [LoggerMessage(400, LogLevel.Information, "istiod serves xDS on {Discovery} and webhooks on {Webhooks}, {Milliseconds:0} ms after its start")]
    public static partial void Started(ILogger logger, IPEndPoint discovery, IPEndPoint webhooks, double milliseconds);

    [LoggerMessage(401, LogLevel.Information, "istiod stops")]
    public static partial void Stopping(ILogger logger);
}
