using System.Runtime.InteropServices;

namespace Mizzen.Proxy.Http2;

/// <summary>
/// Fields of one direction of a connection as header blocks (RFC 7541). A field enters the dynamic table when it is sent for the second
/// time: what is different in each message never does.
/// </summary>
internal sealed class HpackEncoder
{
    /// <summary>Bytes of dynamic table that we use at most, whatever the peer allows.</summary>
    public const int MostTableBytes = 4096;

    private const int Remembered = 64;

    private readonly HpackDynamicTable _table = new(MostTableBytes);
    private readonly int[] _seen = new int[Remembered];
    private int _announced = MostTableBytes;
    private int _smallest = MostTableBytes;

    public HpackDynamicTable Table => _table;

    /// <summary>The peer's SETTINGS_HEADER_TABLE_SIZE; takes effect with the next block.</summary>
    public void SetPeerLimit(int limit)
    {
        limit = Math.Min(limit, MostTableBytes);
        _smallest = Math.Min(_smallest, limit);
        _table.SetLimit(limit);
    }

    /// <summary>Begins a block: tells the changes of the table's size first (section 4.2).</summary>
    public void Begin(OutputBuffer output)
    {
        if (_table.Limit == _announced && _smallest == _announced)
        {
            return;
        }

        if (_smallest < _table.Limit)
        {
            WriteInteger(output, 0x20, 5, _smallest);
        }

        WriteInteger(output, 0x20, 5, _table.Limit);
        _announced = _smallest = _table.Limit;
    }

    /// <summary>Writes a field of the static table that is known as a whole.</summary>
    public static void WriteIndexed(OutputBuffer output, int index) => WriteInteger(output, 0x80, 7, index);

    /// <summary>Writes a field.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="name">In lower case.</param>
    /// <param name="value">The value.</param>
    /// <param name="isSensitive">Never to be indexed, by nobody (section 7.1.3).</param>
    public void Write(OutputBuffer output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool isSensitive = false)
    {
        var size = name.Length + value.Length + HpackDynamicTable.Overhead;
        if (isSensitive || size > _table.Limit / 4)
        {
            WriteLiteral(output, isSensitive ? (byte)0x10 : (byte)0, 4, NameIndexOf(name), name, value, compress: false);
            return;
        }

        var hash = HashOf(name, value);
        var index = _table.Find(name, value, hash);
        if (index >= 0)
        {
            WriteInteger(output, 0x80, 7, index + HpackStaticTable.Count + 1);
            return;
        }

        ref var seen = ref _seen[hash & (Remembered - 1)];
        var isRepeated = seen == hash;
        seen = hash;
        if (!isRepeated)
        {
            WriteLiteral(output, 0, 4, NameIndexOf(name), name, value, compress: false);
            return;
        }

        WriteLiteral(output, 0x40, 6, NameIndexOf(name), name, value, compress: true);
        _table.Insert(name, value, new HpackDynamicTable.Entry { Hash = hash });
    }

    private static int NameIndexOf(ReadOnlySpan<byte> name) => HpackStaticTable.Find(name);

    private static void WriteLiteral(
        OutputBuffer output, byte pattern, int prefixBits, int nameIndex, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool compress)
    {
        WriteInteger(output, pattern, prefixBits, nameIndex);
        if (nameIndex == 0)
        {
            WriteString(output, name, compress);
        }

        WriteString(output, value, compress);
    }

    /// <summary>Compressed where it is worth the time: in what the peer is going to keep.</summary>
    private static void WriteString(OutputBuffer output, ReadOnlySpan<byte> text, bool compress)
    {
        var coded = compress ? Huffman.EncodedLength(text) : text.Length;
        if (coded >= text.Length)
        {
            WriteInteger(output, 0, 7, text.Length);
            output.Append(text);
            return;
        }

        WriteInteger(output, 0x80, 7, coded);
        output.Advance(Huffman.Encode(text, output.Reserve(coded)));
    }

    private static void WriteInteger(OutputBuffer output, byte pattern, int prefixBits, int value) =>
        output.Advance(HpackInteger.Write(output.Reserve(HpackInteger.LongestForm), pattern, prefixBits, value));

    private static int HashOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var hash = Mix(Mix(((ulong)name.Length << 32) | (uint)value.Length, name), value);
        var folded = (int)(hash ^ (hash >> 32));

        // 0 stands for "none" in the memory of what was seen.
        return folded == 0 ? 1 : folded;
    }

    private static ulong Mix(ulong hash, ReadOnlySpan<byte> text)
    {
        const ulong Factor = 0x9e3779b97f4a7c15;
        while (text.Length >= 8)
        {
            hash = (hash ^ MemoryMarshal.Read<ulong>(text)) * Factor;
            hash ^= hash >> 29;
            text = text[8..];
        }

        foreach (var octet in text)
        {
            hash = (hash ^ octet) * Factor;
        }

        return hash ^ (hash >> 32);
    }
}
