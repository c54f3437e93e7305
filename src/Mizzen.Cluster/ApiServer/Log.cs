using Microsoft.Extensions.Logging;

namespace Mizzen.Cluster.ApiServer;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "admission webhook {Webhook} failed and is passed over, as its failurePolicy says: {Reason}")]
    internal static partial void WebhookIgnored(ILogger logger, string webhook, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    internal static partial void RequestFailed(ILogger logger, Exception error, string method, string path);

    [LoggerMessage(Level = LogLevel.Information, Message = "the API server listens on {Endpoints}")]
    internal static partial void Listening(ILogger logger, Endpoints endpoints);
}
