using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Http2;

/// <summary>What <see cref="HpackDecoder.Read"/> found.</summary>
internal enum HpackStep
{
    Field,

    /// <summary>The block is used up.</summary>
    End,

    /// <summary>Not the grammar of RFC 7541: the connection's state is lost.</summary>
    Error,
}

/// <summary>A decoded field; the texts are valid until the next is read.</summary>
internal ref struct HpackField
{
    public ReadOnlySpan<byte> Name;
    public ReadOnlySpan<byte> Value;
    public KnownHeader Known;

    /// <summary>The name is a token in lower case (or a pseudo-header's) and the value one that a field line can hold.</summary>
    public bool IsWellFormed;

    /// <summary>Must be sent on as a literal that is never indexed (section 6.2.3).</summary>
    public bool IsSensitive;
}

/// <summary>Header blocks of one direction of a connection as fields (RFC 7541).</summary>
/// <param name="scratch">Where Huffman codes are read to.</param>
/// <param name="tableSize">Bytes of dynamic table that the peer may use (SETTINGS_HEADER_TABLE_SIZE).</param>
internal sealed class HpackDecoder(HpackScratch scratch, int tableSize)
{
    private readonly HpackDynamicTable _table = new(tableSize);
    private int _sizeUpdates;

    public HpackDynamicTable Table => _table;

    /// <summary>Begins a block: only here may the peer change the table's size, at most twice (section 4.2).</summary>
    public void Begin() => _sizeUpdates = 2;

    /// <summary>Takes the next field from the front of <paramref name="block"/>.</summary>
    public HpackStep Read(scoped ref ReadOnlySpan<byte> block, scoped ref HpackField field)
    {
        field = default;
        while (!block.IsEmpty)
        {
            var first = block[0];
            if ((first & 0x80) != 0)
            {
                _sizeUpdates = 0;
                return HpackInteger.TryRead(ref block, 7, out var index) && TryReadIndexed(index, ref field) ? HpackStep.Field : HpackStep.Error;
            }

            if ((first & 0xe0) == 0x20)
            {
                if (_sizeUpdates-- <= 0 || !HpackInteger.TryRead(ref block, 5, out var size) || size > _table.MostBytes)
                {
                    return HpackStep.Error;
                }

                _table.SetLimit(size);
                continue;
            }

            _sizeUpdates = 0;
            return TryReadLiteral(ref block, (first & 0x40) != 0, ref field) ? HpackStep.Field : HpackStep.Error;
        }

        return HpackStep.End;
    }

    private bool TryReadIndexed(int index, scoped ref HpackField field)
    {
        if (index is > 0 and <= HpackStaticTable.Count)
        {
            field.Name = HpackStaticTable.NameOf(index);
            field.Value = HpackStaticTable.ValueOf(index);
            field.Known = HpackStaticTable.KnownOf(index);
            field.IsWellFormed = true;
            return true;
        }

        index -= HpackStaticTable.Count + 1;
        if (index < 0 || index >= _table.Count)
        {
            return false;
        }

        ref readonly var entry = ref _table[index];
        field.Name = _table.NameOf(entry);
        field.Value = _table.ValueOf(entry);
        field.Known = entry.Known;
        field.IsWellFormed = entry.IsWellFormed;
        return true;
    }

    private bool TryReadLiteral(scoped ref ReadOnlySpan<byte> block, bool indexes, scoped ref HpackField field)
    {
        field.IsSensitive = !indexes && (block[0] & 0x10) != 0;
        if (!HpackInteger.TryRead(ref block, indexes ? 6 : 4, out var index))
        {
            return false;
        }

        scratch.Clear();
        var isNameKnown = index != 0;
        var named = default(HpackField);
        if (isNameKnown)
        {
            if (!TryReadIndexed(index, ref named))
            {
                return false;
            }

            field.Name = named.Name;
            field.Known = named.Known;
        }
        else if (!TryReadString(ref block, out field.Name))
        {
            return false;
        }

        if (!TryReadString(ref block, out field.Value))
        {
            return false;
        }

        if (!isNameKnown)
        {
            field.Known = KnownHeaders.Find(field.Name);
        }

        field.IsWellFormed = (isNameKnown ? named.IsWellFormed || IsName(field.Name) : IsName(field.Name)) && IsValue(field.Value);
        if (indexes)
        {
            // The name may lie in the table, which is about to move or drop it.
            field.Name = index > HpackStaticTable.Count ? scratch.Keep(field.Name) : field.Name;
            _table.Insert(field.Name, field.Value, new HpackDynamicTable.Entry { Known = field.Known, IsWellFormed = field.IsWellFormed });
        }

        return true;
    }

    private bool TryReadString(scoped ref ReadOnlySpan<byte> block, out ReadOnlySpan<byte> text)
    {
        text = default;
        var isCoded = !block.IsEmpty && (block[0] & 0x80) != 0;
        if (!HpackInteger.TryRead(ref block, 7, out var length) || length > block.Length)
        {
            return false;
        }

        text = block[..length];
        block = block[length..];
        return !isCoded || scratch.TryDecode(text, out text);
    }

    private static bool IsName(ReadOnlySpan<byte> name)
    {
        var token = !name.IsEmpty && name[0] == ':' ? name[1..] : name;
        return FieldSyntax.IsToken(token) && token.IndexOfAnyInRange((byte)'A', (byte)'Z') < 0;
    }

    /// <summary>RFC 9113 section 8.2.1: no control characters, no space at either end.</summary>
    private static bool IsValue(ReadOnlySpan<byte> value) =>
        FieldSyntax.IsValue(value) && (value.IsEmpty || (value[0] is not (byte)' ' and not (byte)'\t' && value[^1] is not (byte)' ' and not (byte)'\t'));
}
