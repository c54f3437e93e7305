using Envoy.Config.Accesslog.V3;
using Envoy.Extensions.AccessLoggers.File.V3;
using Envoy.Extensions.AccessLoggers.OpenTelemetry.V3;
using Google.Protobuf.Collections;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>The access logs that a filter names.</summary>
internal static class AccessLogListCompiler
{
    private const string File = "envoy.access_loggers.file";
    private const string OpenTelemetry = "envoy.access_loggers.open_telemetry";

    public static List<AccessLogModel> Compile(RepeatedField<AccessLog> messages, Problems problems)
    {
        var logs = new List<AccessLogModel>();
        foreach (var message in messages)
        {
            using var scope = problems.At($"access_log[{message.Name}]");
            if (One(message, problems) is { } log)
            {
                logs.Add(log with { Filter = AccessLogFilterCompiler.Compile(message.Filter, problems) });
            }
        }

        return logs;
    }

    private static AccessLogModel? One(AccessLog message, Problems problems)
    {
        switch (message.Name)
        {
            case File:
                return Values.Unpack<FileAccessLog>(message.TypedConfig, message.Name, problems) is { } file
                    ? new FileLogModel(file.Path, AccessLogCompiler.Compile(file, problems))
                    : null;
            case OpenTelemetry:
                return Values.Unpack<OpenTelemetryAccessLogConfig>(message.TypedConfig, message.Name, problems) is { } collector
                    ? CollectorLogCompiler.Compile(collector, problems)
                    : null;
            default:
                problems.Add($"this proxy has access logs of the kinds {File} and {OpenTelemetry} only");
                return null;
        }
    }
}
