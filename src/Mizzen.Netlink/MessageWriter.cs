using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Mizzen.Netlink;

/// <summary>Builds netlink messages: headers, attributes, nesting, alignment (netlink(7)).</summary>
internal sealed class MessageWriter
{
    private const ushort Nested = 0x8000;

    private readonly List<byte> _buffer = [];
    private readonly Stack<int> _open = new();

    public byte[] ToArray() => _buffer.ToArray();

    /// <summary>Begins a message; <see cref="EndMessage"/> fills in its length.</summary>
    public void BeginMessage(ushort type, ushort flags, uint sequence)
    {
        _open.Push(_buffer.Count);
        WriteHost(0u);
        WriteHost(type);
        WriteHost(flags);
        WriteHost(sequence);
        WriteHost(0u);
    }

    public void EndMessage()
    {
        var start = _open.Pop();
        MemoryMarshal.Write(CollectionsMarshal.AsSpan(_buffer)[start..], (uint)(_buffer.Count - start));
        Align();
    }

    public void Raw(ReadOnlySpan<byte> bytes) => _buffer.AddRange(bytes);

    public void Attribute(ushort type, ReadOnlySpan<byte> value)
    {
        WriteHost((ushort)(value.Length + 4));
        WriteHost(type);
        _buffer.AddRange(value);
        Align();
    }

    public void Text(ushort type, string value) => Attribute(type, Encoding.UTF8.GetBytes(value + "\0"));

    /// <summary>A number in the byte order of this machine, as rtnetlink wants it.</summary>
    public void Number(ushort type, uint value) => Attribute(type, MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in value)));

    /// <summary>A number in network byte order, as nf_tables wants it.</summary>
    public void NetworkNumber(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        Attribute(type, bytes);
    }

    public void BeginNested(ushort type)
    {
        _open.Push(_buffer.Count);
        WriteHost((ushort)0);
        WriteHost((ushort)(type | Nested));
    }

    public void EndNested()
    {
        var start = _open.Pop();
        MemoryMarshal.Write(CollectionsMarshal.AsSpan(_buffer)[start..], (ushort)(_buffer.Count - start));
        Align();
    }

    private void WriteHost<T>(T value)
        where T : unmanaged => _buffer.AddRange(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    private void Align()
    {
        while (_buffer.Count % 4 != 0)
        {
            _buffer.Add(0);
        }
    }
}
