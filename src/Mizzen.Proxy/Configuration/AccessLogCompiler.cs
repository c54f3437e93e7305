using System.Globalization;
using System.Text;
using Envoy.Extensions.AccessLoggers.File.V3;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>Access log formats with Envoy's command operators as lists of parts. What this proxy cannot write is refused by name.</summary>
internal static class AccessLogCompiler
{
    /// <summary>Envoy's own format, for logs that name none.</summary>
    private const string DefaultFormat =
        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% "
        + "%BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" "
        + "\"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\"\n";

    private const string ServiceTimeHeader = "x-envoy-upstream-service-time";

    /// <summary>Operators without arguments.</summary>
    private static readonly Dictionary<string, AccessLogOperator> Plain = new(StringComparer.Ordinal)
    {
        ["START_TIME"] = AccessLogOperator.StartTime,
        ["PROTOCOL"] = AccessLogOperator.Protocol,
        ["RESPONSE_CODE"] = AccessLogOperator.ResponseCode,
        ["RESPONSE_CODE_DETAILS"] = AccessLogOperator.ResponseCodeDetails,
        ["RESPONSE_FLAGS"] = AccessLogOperator.ResponseFlags,
        ["RESPONSE_FLAGS_LONG"] = AccessLogOperator.ResponseFlagsLong,
        ["CONNECTION_TERMINATION_DETAILS"] = AccessLogOperator.ConnectionTerminationDetails,
        ["UPSTREAM_TRANSPORT_FAILURE_REASON"] = AccessLogOperator.UpstreamTransportFailureReason,
        ["BYTES_RECEIVED"] = AccessLogOperator.BytesReceived,
        ["BYTES_SENT"] = AccessLogOperator.BytesSent,
        ["DURATION"] = AccessLogOperator.Duration,
        ["UPSTREAM_HOST"] = AccessLogOperator.UpstreamHost,
        ["UPSTREAM_CLUSTER"] = AccessLogOperator.UpstreamCluster,
        ["UPSTREAM_CLUSTER_RAW"] = AccessLogOperator.UpstreamCluster,
        ["UPSTREAM_LOCAL_ADDRESS"] = AccessLogOperator.UpstreamLocalAddress,
        ["UPSTREAM_REMOTE_ADDRESS"] = AccessLogOperator.UpstreamRemoteAddress,
        ["UPSTREAM_REQUEST_ATTEMPT_COUNT"] = AccessLogOperator.UpstreamRequestAttemptCount,
        ["DOWNSTREAM_LOCAL_ADDRESS"] = AccessLogOperator.DownstreamLocalAddress,
        ["DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT"] = AccessLogOperator.DownstreamLocalAddressWithoutPort,
        ["DOWNSTREAM_LOCAL_PORT"] = AccessLogOperator.DownstreamLocalPort,
        ["DOWNSTREAM_REMOTE_ADDRESS"] = AccessLogOperator.DownstreamRemoteAddress,
        ["DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT"] = AccessLogOperator.DownstreamRemoteAddressWithoutPort,
        ["DOWNSTREAM_REMOTE_PORT"] = AccessLogOperator.DownstreamRemotePort,
        ["DOWNSTREAM_DIRECT_REMOTE_ADDRESS"] = AccessLogOperator.DownstreamRemoteAddress,
        ["DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT"] = AccessLogOperator.DownstreamRemoteAddressWithoutPort,
        ["REQUESTED_SERVER_NAME"] = AccessLogOperator.RequestedServerName,
        ["DOWNSTREAM_PEER_URI_SAN"] = AccessLogOperator.DownstreamPeerUriSan,
        ["DOWNSTREAM_LOCAL_URI_SAN"] = AccessLogOperator.DownstreamLocalUriSan,
        ["DOWNSTREAM_PEER_SUBJECT"] = AccessLogOperator.DownstreamPeerSubject,
        ["DOWNSTREAM_PEER_FINGERPRINT_256"] = AccessLogOperator.DownstreamPeerFingerprint,
        ["DOWNSTREAM_TLS_VERSION"] = AccessLogOperator.DownstreamTlsVersion,
        ["DOWNSTREAM_TLS_CIPHER"] = AccessLogOperator.DownstreamTlsCipher,
        ["UPSTREAM_PEER_URI_SAN"] = AccessLogOperator.UpstreamPeerUriSan,
        ["UPSTREAM_TLS_VERSION"] = AccessLogOperator.UpstreamTlsVersion,
        ["UPSTREAM_TLS_CIPHER"] = AccessLogOperator.UpstreamTlsCipher,
        ["ROUTE_NAME"] = AccessLogOperator.RouteName,
        ["GRPC_STATUS"] = AccessLogOperator.GrpcStatus,
        ["GRPC_STATUS_NUMBER"] = AccessLogOperator.GrpcStatusNumber,
        ["HOSTNAME"] = AccessLogOperator.Hostname,
    };

    /// <summary>The operators that formats may use, for messages and documents.</summary>
    public static string Supported { get; } =
        string.Join(", ", Plain.Keys.Append("REQ(X?Y):Z").Append("REQ_WITHOUT_QUERY(X?Y):Z").Append("RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)").Order(StringComparer.Ordinal));

    public static AccessLogFormat Compile(FileAccessLog message, Problems problems)
    {
        if (message.LogFormat?.JsonFormat is { } json)
        {
            return Json(json, problems);
        }

        var text = message.LogFormat?.TextFormatSource?.InlineString ?? message.LogFormat?.TextFormat;
        using var scope = problems.At("text_format");
        return new AccessLogFormat(false, [new AccessLogField([], Parts(string.IsNullOrEmpty(text) ? DefaultFormat : text, problems))]);
    }

    private static AccessLogFormat Json(Struct json, Problems problems)
    {
        var fields = new List<AccessLogField>();
        foreach (var (key, value) in json.Fields.OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            using var scope = problems.At($"json_format.{key}");
            if (value.KindCase != Value.KindOneofCase.StringValue)
            {
                problems.Add("only texts can be values here");
                continue;
            }

            var quoted = JsonText.Quote(key);
            fields.Add(new AccessLogField(Values.Utf8(quoted), Parts(value.StringValue, problems)));
        }

        return new AccessLogFormat(true, fields);
    }

    internal static List<AccessLogPart> Parts(string format, Problems problems)
    {
        var parts = new List<AccessLogPart>();
        var literal = new StringBuilder();
        for (var at = 0; at < format.Length;)
        {
            if (format[at] != '%')
            {
                literal.Append(format[at++]);
                continue;
            }

            var end = at + 1 < format.Length && format[at + 1] == '%' ? at + 1 : EndOfOperator(format, at + 1);
            if (end == at + 1)
            {
                literal.Append('%');
            }
            else if (end < 0)
            {
                problems.Add($"'{format[at..]}' is not ended by %");
                break;
            }
            else if (Operator(format[(at + 1)..end], problems) is { } part)
            {
                Flush(literal, parts);
                parts.Add(part);
            }

            at = end + 1;
        }

        Flush(literal, parts);
        return parts;
    }

    // A % inside the parentheses belongs to the argument.
    private static int EndOfOperator(string format, int from)
    {
        var isInside = false;
        for (var i = from; i < format.Length; i++)
        {
            isInside = format[i] == '(' || (isInside && format[i] != ')');
            if (format[i] == '%' && !isInside)
            {
                return i;
            }
        }

        return -1;
    }

    private static void Flush(StringBuilder literal, List<AccessLogPart> parts)
    {
        if (literal.Length > 0)
        {
            parts.Add(new AccessLogPart(AccessLogOperator.Literal, Values.Utf8(literal.ToString()), []));
            literal.Clear();
        }
    }

    private static AccessLogPart? Operator(string text, Problems problems)
    {
        var open = text.IndexOf('(', StringComparison.Ordinal);
        var close = text.LastIndexOf(')');
        var name = open < 0 ? text : text[..open];
        var argument = open < 0 || close < open ? "" : text[(open + 1)..close];
        var part = name switch
        {
            "REQ" => Header(AccessLogOperator.RequestHeader, argument),
            "REQ_WITHOUT_QUERY" => Header(AccessLogOperator.RequestHeaderWithoutQuery, argument),
            "RESP" when argument.Equals(ServiceTimeHeader, StringComparison.OrdinalIgnoreCase) =>
                new AccessLogPart(AccessLogOperator.UpstreamServiceTime, [], []),
            _ when argument.Length == 0 && Plain.TryGetValue(name, out var plain) => new AccessLogPart(plain, [], []),
            _ => null,
        };
        if (part is null)
        {
            problems.Add($"this proxy has no operator %{text}%; it has {Supported}");
            return null;
        }

        return close > 0 && close + 1 < text.Length ? WithLimit(part, text[(close + 1)..], problems) : part;
    }

    private static AccessLogPart Header(AccessLogOperator kind, string argument)
    {
        var names = argument.ToLowerInvariant().Split('?', 2);
        return new AccessLogPart(kind, Values.Utf8(names[0]), names.Length > 1 ? Values.Utf8(names[1]) : []);
    }

    private static AccessLogPart WithLimit(AccessLogPart part, string text, Problems problems)
    {
        if (text[0] == ':' && int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var limit))
        {
            return part with { MaxLength = limit };
        }

        problems.Add($"'{text}' is not a length: write :80 to cut a value after 80 bytes");
        return part;
    }
}
