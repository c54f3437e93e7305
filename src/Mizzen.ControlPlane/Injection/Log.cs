using Microsoft.Extensions.Logging;

namespace Mizzen.ControlPlane.Injection;

internal static partial class Log
{
    [LoggerMessage(440, LogLevel.Information, "injection of {Namespace}/{Pod}: {Injects} ({Reason})")]
    public static partial void Decided(ILogger logger, string @namespace, string pod, bool injects, string reason);

    [LoggerMessage(441, LogLevel.Warning, "injection in namespace {Namespace} failed: {Reason}")]
    public static partial void Failed(ILogger logger, string @namespace, string reason);
}
