using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Http2;

/// <summary>
/// The fields of one direction of a connection that were sent before (RFC 7541 section 2.3.2), newest first. Names and values lie one behind
/// the other in one array twice the table's limit, moved to its front when its end is reached. Allocates with the first field.
/// </summary>
/// <param name="mostBytes">Upper bound of <see cref="Limit"/>, as we have allowed (or allow ourselves).</param>
internal sealed class HpackDynamicTable(int mostBytes)
{
    /// <summary>Bytes that a field counts beyond its name and value.</summary>
    public const int Overhead = 32;

    private byte[] _bytes = [];
    private Entry[] _entries = [];
    private int _newest;
    private int _end;

    /// <summary>What a dynamic entry is made of.</summary>
    internal struct Entry
    {
        public int Start;
        public int NameLength;
        public int ValueLength;
        public int Hash;
        public KnownHeader Known;
        public bool IsWellFormed;

        public readonly int Size => NameLength + ValueLength + Overhead;
    }

    public int Count { get; private set; }

    /// <summary>Bytes in use, overhead included.</summary>
    public int Size { get; private set; }

    /// <summary>Bytes that may be in use.</summary>
    public int Limit { get; private set; } = mostBytes;

    /// <summary>Upper bound of <see cref="Limit"/>.</summary>
    public int MostBytes { get; } = mostBytes;

    /// <param name="index">From 0, the newest, on.</param>
    public ref readonly Entry this[int index] => ref _entries[(_newest - index + _entries.Length) % _entries.Length];

    public ReadOnlySpan<byte> NameOf(in Entry entry) => _bytes.AsSpan(entry.Start, entry.NameLength);

    public ReadOnlySpan<byte> ValueOf(in Entry entry) => _bytes.AsSpan(entry.Start + entry.NameLength, entry.ValueLength);

    /// <summary>Changes the limit, at most to <see cref="MostBytes"/>; what is too much goes, oldest first.</summary>
    public void SetLimit(int limit)
    {
        Limit = limit;
        EvictTo(limit);
    }

    /// <summary>Adds a field; one that is larger than the table only empties it (section 4.4). The texts must not lie in this table.</summary>
    public void Insert(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, in Entry about)
    {
        var entry = about with { NameLength = name.Length, ValueLength = value.Length };
        EvictTo(Limit - entry.Size);
        if (entry.Size > Limit)
        {
            return;
        }

        Reserve(name.Length + value.Length);
        entry.Start = _end;
        name.CopyTo(_bytes.AsSpan(_end));
        value.CopyTo(_bytes.AsSpan(_end + name.Length));
        _end += name.Length + value.Length;
        _newest = (_newest + 1) % _entries.Length;
        _entries[_newest] = entry;
        Count++;
        Size += entry.Size;
    }

    /// <summary>Index of a field, -1 when it is not there.</summary>
    public int Find(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, int hash)
    {
        for (var i = 0; i < Count; i++)
        {
            ref readonly var entry = ref this[i];
            if (entry.Hash == hash && NameOf(entry).SequenceEqual(name) && ValueOf(entry).SequenceEqual(value))
            {
                return i;
            }
        }

        return -1;
    }

    private void EvictTo(int size)
    {
        while (Count > 0 && Size > size)
        {
            Size -= this[Count - 1].Size;
            Count--;
        }
    }

    private void Reserve(int length)
    {
        if (_entries.Length == 0)
        {
            _entries = new Entry[(MostBytes / Overhead) + 1];
            _bytes = new byte[MostBytes * 2];
        }

        if (_end + length <= _bytes.Length)
        {
            return;
        }

        var start = Count == 0 ? _end : this[Count - 1].Start;
        _bytes.AsSpan(start, _end - start).CopyTo(_bytes);
        _end -= start;
        for (var i = 0; i < Count; i++)
        {
            _entries[(_newest - i + _entries.Length) % _entries.Length].Start -= start;
        }
    }
}
