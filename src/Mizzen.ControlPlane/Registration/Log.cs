using Microsoft.Extensions.Logging;

namespace Mizzen.ControlPlane.Registration;

internal static partial class Log
{
    [LoggerMessage(470, LogLevel.Information, "WorkloadEntry {Namespace}/{Name} stands for a proxy of WorkloadGroup {Group}")]
    public static partial void Registered(ILogger logger, string @namespace, string name, string group);

    [LoggerMessage(471, LogLevel.Information, "WorkloadEntry {Namespace}/{Name} is removed: its proxy has been away too long")]
    public static partial void Removed(ILogger logger, string @namespace, string name);

    [LoggerMessage(472, LogLevel.Debug, "WorkloadEntry {Namespace}/{Name} is gone already")]
    public static partial void Gone(ILogger logger, string @namespace, string name);

    [LoggerMessage(473, LogLevel.Warning, "WorkloadEntry {Namespace}/{Name}: {Reason}")]
    public static partial void NotNoted(ILogger logger, string @namespace, string name, string reason);
}
