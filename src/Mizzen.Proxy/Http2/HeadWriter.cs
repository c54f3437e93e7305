using System.Text;

using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Http2;

/// <summary>Heads and trailers as fields of a header block; what belongs to a connection of HTTP/1.1 stays behind (RFC 9113 section 8.2.2).</summary>
internal static class HeadWriter
{
    // Values this short can be guessed by how they compress, so they are kept out of tables (RFC 7541 section 7.1.3).
    private const int ShortCookie = 20;

    public static void Request(HpackEncoder encoder, OutputBuffer output, RequestHead head, bool isTunnel)
    {
        encoder.Begin(output);
        WriteMethod(encoder, output, isTunnel ? "CONNECT"u8 : head.Method);
        HpackEncoder.WriteIndexed(output, head.Get(KnownHeader.ForwardedProto).SequenceEqual("https"u8) ? 7 : 6);
        encoder.Write(output, ":authority"u8, head.Authority);
        if (head.Path is [(byte)'/'])
        {
            HpackEncoder.WriteIndexed(output, 4);
        }
        else
        {
            encoder.Write(output, ":path"u8, head.Path);
        }

        if (isTunnel)
        {
            encoder.Write(output, ":protocol"u8, head.Get(KnownHeader.Upgrade));
        }

        WriteFields(encoder, output, head);
    }

    public static void Response(HpackEncoder encoder, OutputBuffer output, int status, ResponseHead head)
    {
        encoder.Begin(output);
        WriteStatus(encoder, output, status);
        WriteFields(encoder, output, head);
    }

    public static void TrailerFields(HpackEncoder encoder, OutputBuffer output, Trailers trailers)
    {
        encoder.Begin(output);
        WriteFields(encoder, output, trailers);
    }

    private static void WriteMethod(HpackEncoder encoder, OutputBuffer output, ReadOnlySpan<byte> method)
    {
        if (method.SequenceEqual("GET"u8))
        {
            HpackEncoder.WriteIndexed(output, 2);
        }
        else if (method.SequenceEqual("POST"u8))
        {
            HpackEncoder.WriteIndexed(output, 3);
        }
        else
        {
            encoder.Write(output, ":method"u8, method);
        }
    }

    private static void WriteStatus(HpackEncoder encoder, OutputBuffer output, int status)
    {
        var index = status switch
        {
            200 => 8,
            204 => 9,
            206 => 10,
            304 => 11,
            400 => 12,
            404 => 13,
            500 => 14,
            _ => 0,
        };
        if (index > 0)
        {
            HpackEncoder.WriteIndexed(output, index);
            return;
        }

        encoder.Write(output, ":status"u8, [(byte)('0' + (status / 100)), (byte)('0' + (status / 10 % 10)), (byte)('0' + (status % 10))]);
    }

    private static void WriteFields(HpackEncoder encoder, OutputBuffer output, MessageHead head)
    {
        scoped Span<byte> lower = stackalloc byte[128];
        for (var i = 0; i < head.FieldCount; i++)
        {
            var known = head.KnownOf(i);
            if (head.IsRemoved(i) || IsOfConnection(known))
            {
                continue;
            }

            scoped var name = head.NameOf(i);
            if (name.IndexOfAnyInRange((byte)'A', (byte)'Z') >= 0)
            {
                lower = name.Length > lower.Length ? new byte[name.Length] : lower;
                _ = Ascii.ToLower(name, lower, out var length);
                name = lower[..length];
            }

            var value = head.ValueOf(i);
            encoder.Write(output, name, value, head.IsSensitive(i) || IsSensitive(known, value));
        }
    }

    private static bool IsSensitive(KnownHeader known, ReadOnlySpan<byte> value) =>
        known == KnownHeader.Authorization || (known is KnownHeader.Cookie or KnownHeader.SetCookie && value.Length < ShortCookie);

    private static bool IsOfConnection(KnownHeader known) => known is KnownHeader.Connection or KnownHeader.KeepAlive
        or KnownHeader.ProxyConnection or KnownHeader.TransferEncoding or KnownHeader.Upgrade or KnownHeader.Host or KnownHeader.Http2Settings;
}
