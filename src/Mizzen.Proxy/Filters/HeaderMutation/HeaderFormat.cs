using System.Globalization;

using Mizzen.Proxy.Http;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Filters.HeaderMutation;

/// <summary>Command operators in header values (Envoy's "substitution formatter"): <c>%REQ(name)%</c>, <c>%DOWNSTREAM_REMOTE_ADDRESS%</c> and the like.</summary>
internal static class HeaderFormat
{
    /// <summary>Bytes beyond which a value is cut off.</summary>
    public const int LongestValue = 2048;

    /// <summary>Writes the value with its operators replaced; an operator that is not known, or has no value, becomes nothing. Returns the length.</summary>
    public static int Write(ReadOnlySpan<byte> format, ExchangeRecord record, ResponseHead? response, Span<byte> target)
    {
        var written = 0;
        while (!format.IsEmpty)
        {
            var percent = format.IndexOf((byte)'%');
            var end = percent < 0 ? -1 : format[(percent + 1)..].IndexOf((byte)'%');
            if (end < 0)
            {
                Copy(format, target, ref written);
                break;
            }

            Copy(format[..percent], target, ref written);
            var name = format.Slice(percent + 1, end);
            if (name.IsEmpty)
            {
                Copy("%"u8, target, ref written);
            }
            else
            {
                WriteOperator(name, record, response, target, ref written);
            }

            format = format[(percent + end + 2)..];
        }

        return written;
    }

    private static void WriteOperator(ReadOnlySpan<byte> name, ExchangeRecord record, ResponseHead? response, Span<byte> target, ref int written)
    {
        if (TakeArgument(name, "REQ("u8, out var argument))
        {
            Copy(Header(argument, record.Request), target, ref written);
        }
        else if (TakeArgument(name, "RESP("u8, out argument))
        {
            Copy(response is not null && response.TryGet(argument, out var value) ? value : default, target, ref written);
        }
        else if (name.StartsWith("DOWNSTREAM_"u8))
        {
            WriteDownstream(name["DOWNSTREAM_".Length..], record, target, ref written);
        }
        else if (name.SequenceEqual("UPSTREAM_HOST"u8) || name.SequenceEqual("UPSTREAM_REMOTE_ADDRESS"u8))
        {
            WriteAddress(record.UpstreamRemote, withPort: true, target, ref written);
        }
        else if (name.SequenceEqual("PROTOCOL"u8))
        {
            Copy(record.Request.Protocol, target, ref written);
        }
        else if (name.SequenceEqual("RESPONSE_CODE"u8))
        {
            WriteNumber(response?.Status ?? 0, target, ref written);
        }
    }

    private static void WriteDownstream(ReadOnlySpan<byte> name, ExchangeRecord record, Span<byte> target, ref int written)
    {
        if (name.SequenceEqual("REMOTE_ADDRESS"u8))
        {
            WriteAddress(record.DownstreamRemote, withPort: true, target, ref written);
        }
        else if (name.SequenceEqual("REMOTE_ADDRESS_WITHOUT_PORT"u8))
        {
            WriteAddress(record.DownstreamRemote, withPort: false, target, ref written);
        }
        else if (name.SequenceEqual("LOCAL_ADDRESS"u8))
        {
            WriteAddress(record.DownstreamLocal, withPort: true, target, ref written);
        }
        else if (name.SequenceEqual("LOCAL_ADDRESS_WITHOUT_PORT"u8))
        {
            WriteAddress(record.DownstreamLocal, withPort: false, target, ref written);
        }
        else if (name.SequenceEqual("LOCAL_PORT"u8))
        {
            WriteNumber(record.DownstreamLocal.Port, target, ref written);
        }
    }

    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> name, RequestHead request)
    {
        // %REQ(a?b)% falls back from the one to the other.
        var question = name.IndexOf((byte)'?');
        if (question >= 0)
        {
            var first = Header(name[..question], request);
            return first.IsEmpty ? Header(name[(question + 1)..], request) : first;
        }

        return name switch
        {
            _ when name.SequenceEqual(":path"u8) => request.Path,
            _ when name.SequenceEqual(":method"u8) => request.Method,
            _ when name.SequenceEqual(":authority"u8) => request.Authority,
            _ when name.SequenceEqual(":scheme"u8) => "http"u8,
            _ => request.TryGet(name, out var value) ? value : default,
        };
    }

    private static bool TakeArgument(ReadOnlySpan<byte> name, ReadOnlySpan<byte> prefix, out ReadOnlySpan<byte> argument)
    {
        var fits = name.StartsWith(prefix) && name[^1] == ')';
        argument = fits ? name[prefix.Length..^1] : default;
        return fits;
    }

    private static void WriteAddress(NetAddress address, bool withPort, Span<byte> target, ref int written)
    {
        if (address.IsNone)
        {
            return;
        }

        Span<byte> text = stackalloc byte[NetAddress.LongestText + 4];
        var length = withPort ? address.Format(text) : address.FormatHost(text);
        Copy(text[..length], target, ref written);
    }

    private static void WriteNumber(int number, Span<byte> target, ref int written)
    {
        Span<byte> text = stackalloc byte[11];
        _ = number.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        Copy(text[..length], target, ref written);
    }

    private static void Copy(ReadOnlySpan<byte> text, Span<byte> target, ref int written)
    {
        var length = Math.Min(text.Length, target.Length - written);
        text[..length].CopyTo(target[written..]);
        written += length;
    }
}
