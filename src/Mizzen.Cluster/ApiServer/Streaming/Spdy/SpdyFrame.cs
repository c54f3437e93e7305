using System.Buffers.Binary;

namespace Mizzen.Cluster.ApiServer.Streaming.Spdy;

/// <summary>What a frame is (SPDY/3.1, section 2.6).</summary>
internal enum SpdyType
{
    Data = 0,
    SynStream = 1,
    SynReply = 2,
    RstStream = 3,
    Ping = 6,
    GoAway = 7,
}

/// <summary>One frame of SPDY/3.1.</summary>
/// <param name="Type">What it is; types that are not named are skipped by whoever reads.</param>
/// <param name="Stream">The stream that it is about; 0 for the session.</param>
/// <param name="IsLast">Whether the sender sends no more on this stream.</param>
/// <param name="Body">What comes after the stream's number, or after the head of a frame of the session.</param>
internal readonly record struct SpdyFrame(SpdyType Type, int Stream, bool IsLast, ReadOnlyMemory<byte> Body)
{
    /// <summary>The length of a frame's head.</summary>
    public const int Head = 8;

    private const int Version = 3;
    private const int ControlBit = 0x80;
    private const int LastFlag = 1;

    /// <summary>How long the body of a frame is, by its head.</summary>
    public static int BodyLength(ReadOnlySpan<byte> head) => (head[5] << 16) | (head[6] << 8) | head[7];

    public static SpdyFrame Parse(ReadOnlySpan<byte> head, ReadOnlyMemory<byte> body)
    {
        var isLast = (head[4] & LastFlag) != 0;
        if ((head[0] & ControlBit) == 0)
        {
            return new SpdyFrame(SpdyType.Data, NumberAt(head), isLast, body);
        }

        var type = (SpdyType)BinaryPrimitives.ReadUInt16BigEndian(head[2..]);
        return type is SpdyType.SynStream or SpdyType.SynReply or SpdyType.RstStream && body.Length >= sizeof(int)
            ? new SpdyFrame(type, NumberAt(body.Span), isLast, body[sizeof(int)..])
            : new SpdyFrame(type, 0, isLast, body);
    }

    public byte[] ToBytes()
    {
        var isControl = Type != SpdyType.Data;
        var length = Body.Length + (isControl && Stream != 0 ? sizeof(int) : 0);
        var bytes = new byte[Head + length];
        if (isControl)
        {
            bytes[0] = ControlBit;
            bytes[1] = Version;
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)Type);
        }
        else
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes, Stream);
        }

        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), length);
        bytes[4] = IsLast ? (byte)LastFlag : (byte)0;
        if (isControl && Stream != 0)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(Head), Stream);
        }

        Body.CopyTo(bytes.AsMemory(bytes.Length - Body.Length));
        return bytes;
    }

    private static int NumberAt(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt32BigEndian(bytes) & int.MaxValue;
}
