using System.Buffers.Binary;

namespace Mizzen.Proxy.Http2;

/// <summary>The nine octets before each frame's payload (RFC 9113 section 4.1).</summary>
internal readonly record struct FrameHeader(int Length, FrameType Type, FrameFlags Flags, int Stream)
{
    public const int Size = 9;

    /// <summary>Octets of payload that every endpoint takes, and all that we take (section 4.2).</summary>
    public const int DefaultMaxLength = 16 * 1024;

    public bool Has(FrameFlags flag) => (Flags & flag) != 0;

    public static FrameHeader Read(ReadOnlySpan<byte> bytes) => new(
        (bytes[0] << 16) | (bytes[1] << 8) | bytes[2],
        (FrameType)bytes[3],
        (FrameFlags)bytes[4],
        (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]) & 0x7fff_ffff));

    public void Write(Span<byte> target)
    {
        target[0] = (byte)(Length >> 16);
        target[1] = (byte)(Length >> 8);
        target[2] = (byte)Length;
        target[3] = (byte)Type;
        target[4] = (byte)Flags;
        BinaryPrimitives.WriteInt32BigEndian(target[5..], Stream);
    }
}
