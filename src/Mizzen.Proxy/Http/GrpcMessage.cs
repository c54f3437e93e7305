using System.Buffers.Binary;

namespace Mizzen.Proxy.Http;

/// <summary>The one message of a unary call: five bytes in front of it say that it is not compressed, and how long it is.</summary>
internal static class GrpcMessage
{
    private const int Prefix = 5;

    public static byte[] Frame(ReadOnlySpan<byte> message)
    {
        var framed = new byte[Prefix + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed.AsSpan(Prefix));
        return framed;
    }

    /// <summary>The message, if <paramref name="body"/> is exactly one that is not compressed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> message)
    {
        var isWhole = body.Length >= Prefix && body[0] == 0 && BinaryPrimitives.ReadUInt32BigEndian(body[1..]) == body.Length - Prefix;
        message = isWhole ? body[Prefix..] : default;
        return isWhole;
    }
}
