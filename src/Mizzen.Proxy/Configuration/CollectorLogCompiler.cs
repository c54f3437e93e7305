using Envoy.Extensions.AccessLoggers.OpenTelemetry.V3;
using Mizzen.Proxy.Runtime;
using OpenTelemetry.Proto.Common.V1;

namespace Mizzen.Proxy.Configuration;

/// <summary>OpenTelemetryAccessLogConfig messages.</summary>
internal static class CollectorLogCompiler
{
    private const long DefaultTimeout = 10_000;
    private const uint DefaultBatch = 16 * 1024;

    public static CollectorLogModel? Compile(OpenTelemetryAccessLogConfig message, Problems problems)
    {
        var common = message.CommonConfig;
        var call = common?.GrpcService;
        if (string.IsNullOrEmpty(call?.EnvoyGrpc?.ClusterName))
        {
            problems.Add("common_config.grpc_service: needs envoy_grpc with a cluster_name");
            return null;
        }

        var cluster = call.EnvoyGrpc.ClusterName;
        var prefix = message.StatPrefix.Length > 0 ? message.StatPrefix.TrimEnd('.') + "." : "";
        return new CollectorLogModel(ClusterKey.Of(cluster), Values.Utf8(call.EnvoyGrpc.Authority.Length > 0 ? call.EnvoyGrpc.Authority : cluster))
        {
            Timeout = Values.Milliseconds(call.Timeout, DefaultTimeout),
            BatchBytes = (int)Math.Min(common!.BufferSizeBytes ?? DefaultBatch, int.MaxValue),
            Metadata = [.. call.InitialMetadata.Select(header =>
                new HeaderAddition(Values.Utf8(header.Key.ToLowerInvariant()), Values.Utf8(header.Value), HeaderAppendAction.OverwriteIfExistsOrAdd))],
            Body = message.Body is null ? [] : Parts(message.Body, "body", problems),
            Attributes = [.. (message.Attributes?.Values ?? []).Select(entry => (entry.Key, (IReadOnlyList<AccessLogPart>)Parts(entry.Value, $"attributes.{entry.Key}", problems)))],
            Resource = [.. Labels(message, common.LogName), .. (message.ResourceAttributes?.Values ?? []).Select(entry => (entry.Key, Text(entry.Value, $"resource_attributes.{entry.Key}", problems)))],
            NamesNode = !message.DisableBuiltinLabels,
            Written = CounterKey.Plain($"access_logs.open_telemetry_access_log.{prefix}logs_written"),
            Dropped = CounterKey.Plain($"access_logs.open_telemetry_access_log.{prefix}logs_dropped"),
        };
    }

    private static (string, string)[] Labels(OpenTelemetryAccessLogConfig message, string name) => message.DisableBuiltinLabels ? [] : [("log_name", name)];

    private static List<AccessLogPart> Parts(AnyValue value, string field, Problems problems)
    {
        var text = Text(value, field, problems);
        using var scope = problems.At(field);
        return AccessLogCompiler.Parts(text, problems);
    }

    private static string Text(AnyValue? value, string field, Problems problems)
    {
        if (value?.ValueCase != AnyValue.ValueOneofCase.StringValue)
        {
            problems.Add($"{field}: only texts (string_value) can be values here");
        }

        return value?.StringValue ?? "";
    }
}
