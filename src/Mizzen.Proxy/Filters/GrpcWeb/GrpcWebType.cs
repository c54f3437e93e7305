using System.Text;
using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Filters.GrpcWeb;

/// <summary>A content type of gRPC-Web: <c>application/grpc-web</c>, or with <c>-text</c> in base64, and what stands behind it.</summary>
/// <param name="IsText">Messages are base64.</param>
/// <param name="Rest">The format of messages and parameters, as they came: <c>+proto</c>, for example.</param>
internal sealed record GrpcWebType(bool IsText, byte[] Rest)
{
    private const int LongestRest = 64;

    /// <summary>False for any other type.</summary>
    public static bool TryRead(ReadOnlySpan<byte> contentType, out GrpcWebType type)
    {
        type = new GrpcWebType(false, []);
        if (!StartsWith(ref contentType, "application/grpc-web"u8))
        {
            return false;
        }

        var isText = StartsWith(ref contentType, "-text"u8);
        if (contentType.Length > LongestRest || (contentType.Length > 0 && contentType[0] is not ((byte)'+' or (byte)';')))
        {
            return false;
        }

        type = new GrpcWebType(isText, contentType.ToArray());
        return true;
    }

    /// <summary>The client wants base64 back, whatever it has sent.</summary>
    public static bool PrefersText(RequestHead request) =>
        request.TryGet("accept"u8, out var accept) && accept.StartsWith("application/grpc-web-text"u8);

    /// <summary>The type for the service.</summary>
    public byte[] AsGrpc() => [.. "application/grpc"u8, .. Rest];

    /// <summary>The type for the client.</summary>
    public byte[] AsGrpcWeb() => IsText ? [.. "application/grpc-web-text"u8, .. Rest] : [.. "application/grpc-web"u8, .. Rest];

    private static bool StartsWith(ref ReadOnlySpan<byte> text, ReadOnlySpan<byte> start)
    {
        if (text.Length < start.Length || !Ascii.EqualsIgnoreCase(text[..start.Length], start))
        {
            return false;
        }

        text = text[start.Length..];
        return true;
    }
}
