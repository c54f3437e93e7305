using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Mizzen.Cluster.OpenApi;

/// <summary>Writes one protobuf message (encoding of protobuf.dev: varints, doubles, length-delimited fields).</summary>
internal sealed class ProtobufMessage
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    public void Text(int field, string? text)
    {
        if (text is not null)
        {
            Bytes(field, Encoding.UTF8.GetBytes(text));
        }
    }

    public void Message(int field, ProtobufMessage? message)
    {
        if (message is not null)
        {
            Bytes(field, message._bytes.WrittenSpan);
        }
    }

    public void Number(int field, long? number)
    {
        if (number is { } value)
        {
            WriteVarint(Tag(field, Varint));
            WriteVarint((ulong)value);
        }
    }

    public void Number(int field, double? number)
    {
        if (number is { } value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(double)];
            BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
            WriteVarint(Tag(field, Fixed64));
            _bytes.Write(bytes);
        }
    }

    public void Flag(int field, bool flag)
    {
        if (flag)
        {
            Number(field, 1);
        }
    }

    private void Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        WriteVarint(Tag(field, LengthDelimited));
        WriteVarint((ulong)bytes.Length);
        _bytes.Write(bytes);
    }

    private static ulong Tag(int field, int wireType) => ((ulong)field << 3) | (uint)wireType;

    private void WriteVarint(ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            bytes[length++] = (byte)(value | 0x80);
        }

        bytes[length++] = (byte)value;
        _bytes.Write(bytes[..length]);
    }
}
