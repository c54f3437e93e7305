using System.Buffers.Text;
using System.Net;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Filters.Rbac;

/// <summary>Who the client is when proxies in front are trusted to tell (Envoy's "trusted client address"). Pure.</summary>
internal static class TrustedClient
{
    /// <summary>
    /// Where the connection's address is used, it is the client, or the first that <see cref="HttpModel.TrustedHops"/> proxies before it have
    /// named; elsewhere the last entry of x-forwarded-for is the client.
    /// </summary>
    /// <param name="request">The request as it goes on: at an edge our own entry is the last one.</param>
    /// <param name="connection">The connection's other end.</param>
    /// <param name="http">The connection manager.</param>
    public static NetAddress Of(RequestHead request, NetAddress connection, HttpModel http)
    {
        if (http.UseRemoteAddress && http.TrustedHops == 0)
        {
            return connection;
        }

        var entries = request.Get(KnownHeader.ForwardedFor);
        var back = http.UseRemoteAddress && http.SkipForwardedForAppend ? http.TrustedHops - 1 : http.TrustedHops;
        for (; back > 0 && !entries.IsEmpty; back--)
        {
            var comma = entries.LastIndexOf((byte)',');
            entries = comma < 0 ? default : entries[..comma];
        }

        var last = entries[(entries.LastIndexOf((byte)',') + 1)..].Trim(" \t"u8);
        return TryParse(last, out var address) ? address : connection;
    }

    private static bool TryParse(ReadOnlySpan<byte> text, out NetAddress address)
    {
        if (TryParseV4(text, out address))
        {
            return true;
        }

        Span<char> characters = stackalloc char[64];
        if (text.Length is 0 or > 64 || !text.Contains((byte)':'))
        {
            return false;
        }

        _ = System.Text.Encoding.Latin1.GetChars(text, characters);
        if (!IPAddress.TryParse(characters[..text.Length], out var parsed))
        {
            return false;
        }

        address = NetAddress.Of(parsed, 0);
        return true;
    }

    /// <summary>The usual case without allocation: four numbers, nothing else.</summary>
    private static bool TryParseV4(ReadOnlySpan<byte> text, out NetAddress address)
    {
        address = default;
        var value = 0u;
        for (var part = 0; part < 4; part++)
        {
            if (!Utf8Parser.TryParse(text, out byte number, out var used) || (used > 1 && text[0] == '0'))
            {
                return false;
            }

            value = (value << 8) | number;
            text = text[used..];
            if (part < 3)
            {
                if (text.IsEmpty || text[0] != '.')
                {
                    return false;
                }

                text = text[1..];
            }
        }

        address = NetAddress.V4(value, 0);
        return text.IsEmpty;
    }
}
