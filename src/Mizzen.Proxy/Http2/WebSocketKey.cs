using System.Security.Cryptography;

using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Http2;

/// <summary>
/// HTTP/1.1 proves by a key that a WebSocket is meant (RFC 6455 section 4), extended CONNECT does not (RFC 8441 section 5). Where the two
/// meet, the proxy plays the part that one of them lacks.
/// </summary>
internal readonly struct WebSocketKey
{
    private const int AcceptLength = 28;

    private readonly byte[]? _accept;

    private WebSocketKey(byte[] accept) => _accept = accept;

    /// <summary>Takes the client's key out of a request that goes on as extended CONNECT.</summary>
    public static WebSocketKey Take(RequestHead request)
    {
        if (!request.TryGet("sec-websocket-key"u8, out var key) || key.Length > 64)
        {
            return default;
        }

        Span<byte> text = stackalloc byte[64 + 36];
        key.CopyTo(text);
        "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8.CopyTo(text[key.Length..]);
        Span<byte> digest = stackalloc byte[20];
#pragma warning disable CA5350 // The protocol says SHA-1; nothing is secured by it.
        _ = SHA1.HashData(text[..(key.Length + 36)], digest);
#pragma warning restore CA5350
        var accept = new byte[AcceptLength];
        _ = System.Buffers.Text.Base64.EncodeToUtf8(digest, accept, out _, out _);
        _ = request.Remove("sec-websocket-key"u8);
        return new WebSocketKey(accept);
    }

    /// <summary>Makes a key for a request that came as extended CONNECT and goes on as HTTP/1.1.</summary>
    public static void Make(RequestHead request)
    {
        if (request.Find("sec-websocket-key"u8) >= 0 || !request.Get(KnownHeader.Upgrade).SequenceEqual("websocket"u8))
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        Span<byte> text = stackalloc byte[24];
        _ = System.Buffers.Text.Base64.EncodeToUtf8(bytes, text, out _, out _);
        request.Append("sec-websocket-key"u8, text);
    }

    /// <summary>Makes the 2xx of a tunnel the 101 that HTTP/1.1 knows.</summary>
    public void Accept(ResponseHead response)
    {
        response.Status = 101;
        response.Append("upgrade"u8, "websocket"u8);
        if (_accept is not null)
        {
            response.Append("sec-websocket-accept"u8, _accept);
        }
    }
}
