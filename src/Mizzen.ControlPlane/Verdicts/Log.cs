using Microsoft.Extensions.Logging;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Verdicts;

internal static partial class Log
{
    [LoggerMessage(460, LogLevel.Information, "status of {Resource}: {Problems} problems, {Refusals} refusals")]
    public static partial void Written(ILogger logger, ResourceKey resource, int problems, int refusals);

    [LoggerMessage(461, LogLevel.Warning, "the status of {Resource} could not be written and is tried again: {Reason}")]
    public static partial void NotWritten(ILogger logger, ResourceKey resource, string reason);

    [LoggerMessage(462, LogLevel.Error, "statuses could not be made out and are tried again")]
    public static partial void RoundFailed(ILogger logger, Exception error);
}
