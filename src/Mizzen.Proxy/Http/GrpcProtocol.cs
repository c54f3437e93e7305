namespace Mizzen.Proxy.Http;

/// <summary>What gRPC says with HTTP (its document "gRPC over HTTP2", and Envoy where that leaves something open).</summary>
internal static class GrpcProtocol
{
    public const int DeadlineExceeded = 4;

    /// <summary>The content type of gRPC itself, not of gRPC-Web.</summary>
    public static bool IsGrpc(ReadOnlySpan<byte> contentType)
    {
        var rest = contentType.StartsWith("application/grpc"u8) ? contentType["application/grpc".Length..] : "-"u8;
        return rest.IsEmpty || rest[0] is (byte)'+' or (byte)';';
    }

    /// <summary>The gRPC status of an answer that this proxy gives with an HTTP status (Envoy's table).</summary>
    public static int StatusOf(int http) => http switch
    {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 or 502 or 503 or 504 => 14,
        _ => 2,
    };

    /// <summary>Reads a grpc-timeout: at most eight digits and a unit. Milliseconds, rounded up.</summary>
    public static bool TryReadTimeout(ReadOnlySpan<byte> text, out long milliseconds)
    {
        milliseconds = 0;
        if (text.Length is < 2 or > 9 || !FieldSyntax.TryReadLength(text[..^1], out var amount))
        {
            return false;
        }

        long? whole = text[^1] switch
        {
            (byte)'H' => amount * 3_600_000,
            (byte)'M' => amount * 60_000,
            (byte)'S' => amount * 1000,
            (byte)'m' => amount,
            (byte)'u' => (amount + 999) / 1000,
            (byte)'n' => (amount + 999_999) / 1_000_000,
            _ => null,
        };
        milliseconds = whole ?? 0;
        return whole is not null;
    }

    /// <summary>Writes a grpc-message: what is not printable ASCII is percent-encoded. Returns the length; what does not fit is left out.</summary>
    public static int WriteMessage(ReadOnlySpan<byte> text, Span<byte> target)
    {
        var written = 0;
        foreach (var octet in text)
        {
            var isPlain = octet is >= 0x20 and <= 0x7e and not (byte)'%';
            if (written + (isPlain ? 1 : 3) > target.Length)
            {
                break;
            }

            if (isPlain)
            {
                target[written++] = octet;
                continue;
            }

            target[written++] = (byte)'%';
            target[written++] = HexDigit(octet >> 4);
            target[written++] = HexDigit(octet & 15);
        }

        return written;
    }

    private static byte HexDigit(int digit) => (byte)(digit < 10 ? '0' + digit : 'A' + digit - 10);
}
