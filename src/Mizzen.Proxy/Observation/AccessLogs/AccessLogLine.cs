using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Observation.AccessLogs;

/// <summary>Writes one line by its format. A value that there is none of is <c>-</c> in text and null in JSON.</summary>
internal static class AccessLogLine
{
    private static readonly byte[] Host = System.Text.Encoding.UTF8.GetBytes(Environment.MachineName);

    public static void Write(AccessLogFormat format, LoggedEvent logged, TextBuffer line)
    {
        if (!format.IsJson)
        {
            WriteParts(format.Fields[0].Parts, logged, line);
            return;
        }

        var separator = (byte)'{';
        foreach (var field in format.Fields)
        {
            line.Append(separator);
            line.Append(field.Key);
            line.Append((byte)':');
            WriteJsonValue(field.Parts, logged, line);
            separator = (byte)',';
        }

        line.Append(format.Fields.Count == 0 ? "{}\n"u8 : "}\n"u8);
    }

    private static void WriteJsonValue(IReadOnlyList<AccessLogPart> parts, LoggedEvent logged, TextBuffer line)
    {
        var start = line.Length;
        if (parts is [{ Operator: not AccessLogOperator.Literal } only])
        {
            var isNumber = IsNumber(only.Operator);
            if (!isNumber)
            {
                line.Append((byte)'"');
            }

            if (!TryWrite(only, logged, line))
            {
                line.Truncate(start);
                line.Append("null"u8);
            }
            else if (!isNumber)
            {
                line.EscapeJson(start + 1);
                line.Append((byte)'"');
            }

            return;
        }

        line.Append((byte)'"');
        WriteParts(parts, logged, line);
        line.EscapeJson(start + 1);
        line.Append((byte)'"');
    }

    /// <summary>Writes the parts one after the other; what there is no value for is <c>-</c>.</summary>
    public static void WriteParts(IReadOnlyList<AccessLogPart> parts, LoggedEvent logged, TextBuffer line)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            if (!TryWrite(parts[i], logged, line))
            {
                line.Append((byte)'-');
            }
        }
    }

    private static bool IsNumber(AccessLogOperator kind) => kind is AccessLogOperator.ResponseCode or AccessLogOperator.BytesReceived
        or AccessLogOperator.BytesSent or AccessLogOperator.Duration or AccessLogOperator.UpstreamRequestAttemptCount
        or AccessLogOperator.GrpcStatusNumber or AccessLogOperator.DownstreamLocalPort or AccessLogOperator.DownstreamRemotePort;

    private static bool TryWrite(AccessLogPart part, LoggedEvent logged, TextBuffer line) => part.Operator switch
    {
        AccessLogOperator.Literal => Text(line, part.Text),
        AccessLogOperator.StartTime => Time(line, logged.Started),
        AccessLogOperator.RequestHeader => Header(line, part, logged, withQuery: true),
        AccessLogOperator.RequestHeaderWithoutQuery => Header(line, part, logged, withQuery: false),
        AccessLogOperator.Protocol => Text(line, Protocol(logged.Request)),
        AccessLogOperator.RouteName => Text(line, logged.RouteName),
        AccessLogOperator.Hostname => Text(line, Host),
        AccessLogOperator.ConnectionTerminationDetails => false,
        AccessLogOperator.RequestedServerName => Text(line, logged.ServerName.Span),
        AccessLogOperator.DownstreamPeerSubject => Text(line, logged.Security?.Peer?.Subject),
        >= AccessLogOperator.DownstreamPeerUriSan and <= AccessLogOperator.UpstreamTlsCipher => TryWriteSecurity(part.Operator, logged, line),
        >= AccessLogOperator.DownstreamLocalAddress and <= AccessLogOperator.DownstreamRemotePort => TryWriteDownstream(part.Operator, logged, line),
        AccessLogOperator.UpstreamHost or AccessLogOperator.UpstreamRemoteAddress => Address(line, logged.UpstreamRemote),
        AccessLogOperator.UpstreamLocalAddress => Address(line, logged.UpstreamLocal),
        AccessLogOperator.UpstreamCluster => Text(line, logged.Cluster),
        _ => TryWriteOutcome(part.Operator, logged, line),
    };

    private static bool TryWriteOutcome(AccessLogOperator kind, LoggedEvent logged, TextBuffer line) => kind switch
    {
        AccessLogOperator.UpstreamServiceTime => logged.UpstreamMilliseconds >= 0 && Number(line, logged.UpstreamMilliseconds),
        AccessLogOperator.ResponseCode => Number(line, logged.Status),
        AccessLogOperator.ResponseCodeDetails => Text(line, logged.Details),
        AccessLogOperator.ResponseFlags => Text(line, ResponseFlagText.Short(logged.Flags)),
        AccessLogOperator.ResponseFlagsLong => Text(line, ResponseFlagText.Long(logged.Flags)),
        AccessLogOperator.UpstreamTransportFailureReason => Text(line, logged.TransportFailure),
        AccessLogOperator.BytesReceived => Number(line, logged.BytesReceived),
        AccessLogOperator.BytesSent => Number(line, logged.BytesSent),
        AccessLogOperator.Duration => Number(line, logged.DurationMilliseconds),
        AccessLogOperator.UpstreamRequestAttemptCount => Number(line, logged.Attempts),
        AccessLogOperator.GrpcStatus => logged.GrpcStatus >= 0 && Text(line, GrpcStatusNames.Of(logged.GrpcStatus)),
        AccessLogOperator.GrpcStatusNumber => logged.GrpcStatus >= 0 && Number(line, logged.GrpcStatus),
        _ => throw new InvalidOperationException($"no line can be written with {kind}"),
    };

    private static bool TryWriteDownstream(AccessLogOperator kind, LoggedEvent logged, TextBuffer line) => kind switch
    {
        AccessLogOperator.DownstreamLocalAddress => Address(line, logged.DownstreamLocal),
        AccessLogOperator.DownstreamLocalAddressWithoutPort => HostOf(line, logged.DownstreamLocal),
        AccessLogOperator.DownstreamLocalPort => Number(line, logged.DownstreamLocal.Port),
        AccessLogOperator.DownstreamRemoteAddress => Address(line, logged.DownstreamRemote),
        AccessLogOperator.DownstreamRemoteAddressWithoutPort => HostOf(line, logged.DownstreamRemote),
        _ => Number(line, logged.DownstreamRemote.Port),
    };

    private static bool TryWriteSecurity(AccessLogOperator kind, LoggedEvent logged, TextBuffer line) => Text(line, kind switch
    {
        AccessLogOperator.DownstreamPeerUriSan => logged.Security?.Peer?.Uri,
        AccessLogOperator.DownstreamLocalUriSan => logged.Security?.LocalUri,
        AccessLogOperator.DownstreamPeerFingerprint => logged.Security?.Peer?.Digest,
        AccessLogOperator.DownstreamTlsVersion => logged.Security?.Version,
        AccessLogOperator.DownstreamTlsCipher => logged.Security?.Cipher,
        AccessLogOperator.UpstreamPeerUriSan => logged.UpstreamSecurity?.Peer?.Uri,
        AccessLogOperator.UpstreamTlsVersion => logged.UpstreamSecurity?.Version,
        _ => logged.UpstreamSecurity?.Cipher,
    } ?? "");

    private static ReadOnlySpan<byte> Protocol(RequestHead? request) => request is null ? default : request.Protocol;

    private static bool Header(TextBuffer line, AccessLogPart part, LoggedEvent logged, bool withQuery)
    {
        var value = Find(logged, part.Text);
        value = value.IsEmpty && part.Alternative.Length > 0 ? Find(logged, part.Alternative) : value;
        var query = withQuery ? -1 : value.IndexOf((byte)'?');
        value = query < 0 ? value : value[..query];
        return Text(line, part.MaxLength > 0 && value.Length > part.MaxLength ? value[..part.MaxLength] : value);
    }

    private static ReadOnlySpan<byte> Find(LoggedEvent logged, ReadOnlySpan<byte> name)
    {
        if (logged.Request is not { IsEmpty: false } request)
        {
            return default;
        }

        return name switch
        {
            _ when name.SequenceEqual(":path"u8) => request.Path,
            _ when name.SequenceEqual(":method"u8) => request.Method,
            _ when name.SequenceEqual(":authority"u8) => request.Authority,
            _ when name.SequenceEqual(":scheme"u8) => logged.Security is null ? "http"u8 : "https"u8,
            _ when name.SequenceEqual("x-envoy-original-path"u8) && !logged.OriginalPath.Equals(default) => request.Text(logged.OriginalPath),
            _ => request.TryGet(name, out var value) ? value : default,
        };
    }

    private static bool Text(TextBuffer line, ReadOnlySpan<byte> text)
    {
        line.Append(text);
        return !text.IsEmpty;
    }

    private static bool Text(TextBuffer line, string text)
    {
        line.Append(text);
        return text.Length > 0;
    }

    private static bool Number(TextBuffer line, long number)
    {
        line.Append(number);
        return true;
    }

    private static bool Time(TextBuffer line, DateTimeOffset time)
    {
        line.Append(time);
        return true;
    }

    private static bool Address(TextBuffer line, NetAddress address)
    {
        if (address.IsNone)
        {
            return false;
        }

        line.Append(address);
        return true;
    }

    private static bool HostOf(TextBuffer line, NetAddress address)
    {
        if (address.IsNone)
        {
            return false;
        }

        line.AppendHost(address);
        return true;
    }
}
