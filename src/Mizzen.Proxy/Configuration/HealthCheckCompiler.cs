using System.Globalization;
using Envoy.Config.Core.V3;
using Envoy.Type.V3;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>HealthCheck messages of a cluster as its health check.</summary>
internal static class HealthCheckCompiler
{
    private const long DefaultTimeout = 1_000;
    private const long DefaultInterval = 5_000;

    /// <summary>Null when the cluster wants none.</summary>
    public static HealthCheckModel? Compile(IReadOnlyList<HealthCheck> messages, string cluster, Problems problems)
    {
        if (messages.Count == 0)
        {
            return null;
        }

        using var scope = problems.At("health_checks");
        if (messages.Count > 1)
        {
            problems.Add("one check per cluster is supported");
        }

        return Question(messages[0], cluster, problems) is { } question ? Compile(messages[0], question, cluster, problems) : null;
    }

    private static HealthCheckModel Compile(HealthCheck message, HealthQuestionModel question, string cluster, Problems problems)
    {
        var interval = Positive(message.Interval, DefaultInterval, "interval", problems);
        var unhealthy = Values.Milliseconds(message.UnhealthyInterval, interval);
        return new HealthCheckModel
        {
            Question = question,
            Timeout = Positive(message.Timeout, DefaultTimeout, "timeout", problems),
            Interval = interval,
            UnhealthyInterval = unhealthy,
            UnhealthyEdgeInterval = Values.Milliseconds(message.UnhealthyEdgeInterval, unhealthy),
            HealthyEdgeInterval = Values.Milliseconds(message.HealthyEdgeInterval, interval),
            InitialJitter = Values.Milliseconds(message.InitialJitter, 0),
            Jitter = Values.Milliseconds(message.IntervalJitter, 0),
            JitterPercent = message.IntervalJitterPercent,
            UnhealthyThreshold = Math.Max(1, message.UnhealthyThreshold ?? 1),
            HealthyThreshold = Math.Max(1, message.HealthyThreshold ?? 1),
            Port = (int)(message.AltPort ?? 0),
            LogsFailures = message.AlwaysLogHealthCheckFailures,
            Counters = new HealthCounters(cluster),
        };
    }

    private static long Positive(Google.Protobuf.WellKnownTypes.Duration? duration, long absent, string field, Problems problems)
    {
        var milliseconds = Values.Milliseconds(duration, absent);
        if (milliseconds <= 0)
        {
            problems.Add($"{field}: must be at least a millisecond");
        }

        return milliseconds;
    }

    private static HealthQuestionModel? Question(HealthCheck message, string cluster, Problems problems)
    {
        switch (message.HealthCheckerCase)
        {
            case HealthCheck.HealthCheckerOneofCase.HttpHealthCheck:
                return Http(message.HttpHealthCheck, cluster, problems);
            case HealthCheck.HealthCheckerOneofCase.TcpHealthCheck:
                var tcp = message.TcpHealthCheck;
                return new HealthQuestionModel.Tcp(Bytes(tcp.Send, problems), [.. tcp.Receive.Select(block => Bytes(block, problems)).Where(block => block.Length > 0)]);
            case HealthCheck.HealthCheckerOneofCase.GrpcHealthCheck:
                var grpc = message.GrpcHealthCheck;
                return new HealthQuestionModel.Grpc(grpc.ServiceName, grpc.Authority.Length > 0 ? grpc.Authority : cluster);
            default:
                problems.Add("one of http_health_check, tcp_health_check and grpc_health_check is needed");
                return null;
        }
    }

    private static HealthQuestionModel.Http Http(HealthCheck.Types.HttpHealthCheck message, string cluster, Problems problems)
    {
        if (!message.Path.StartsWith('/'))
        {
            problems.Add($"http_health_check.path: '{message.Path}' does not begin with /");
        }

        if (message.CodecClientType == CodecClientType.Http3 || message.Method == RequestMethod.Connect)
        {
            problems.Add("http_health_check: HTTP3 and CONNECT are not supported");
        }

        var method = message.Method == RequestMethod.MethodUnspecified ? RequestMethod.Get : message.Method;
        var question = new HealthQuestionModel.Http(
            Values.Utf8(method.ToString().ToUpperInvariant()), Values.Utf8(message.Path), message.Host.Length > 0 ? message.Host : cluster)
        {
            IsHttp2 = message.CodecClientType == CodecClientType.Http2,
            Fields = Values.Headers(message.RequestHeadersToAdd, []).Add,
            Retriable = Ranges(message.RetriableStatuses, problems),
        };
        return message.ExpectedStatuses.Count == 0 ? question : question with { Expected = Ranges(message.ExpectedStatuses, problems) };
    }

    private static StatusRange[] Ranges(IEnumerable<Int64Range> ranges, Problems problems)
    {
        var compiled = ranges.Select(range => new StatusRange(range.Start, range.End)).ToArray();
        foreach (var range in compiled.Where(range => range.Start < 100 || range.End > 600 || range.Start >= range.End))
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"statuses from {range.Start} to before {range.End}: not a range within 100 to 600"));
        }

        return compiled;
    }

    private static byte[] Bytes(HealthCheck.Types.Payload? payload, Problems problems)
    {
        if (payload is not { HasText: true })
        {
            return payload?.Binary.ToByteArray() ?? [];
        }

        try
        {
            return Convert.FromHexString(payload.Text);
        }
        catch (FormatException)
        {
            problems.Add($"tcp_health_check: text '{payload.Text}' is not hexadecimal");
            return [];
        }
    }
}
