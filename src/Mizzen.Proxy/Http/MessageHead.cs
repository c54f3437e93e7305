using System.Text;

using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Http;

/// <summary>
/// A message head: its bytes, owned, and a table of where the fields lie. Removing marks a field, adding appends a whole line to the
/// bytes, so that the result is still copied out in long runs. Reused; nothing is allocated per message.
/// </summary>
internal abstract class MessageHead
{
    private const int Slack = 768;

    private HeaderField[] _fields = new HeaderField[24];
    private BufferPool? _pool;

    /// <summary>Fields, removed ones included.</summary>
    public int FieldCount { get; protected set; }

    /// <summary>10, 11 or 20.</summary>
    public int Version { get; protected set; }

    /// <summary>The version as Envoy's logs name it.</summary>
    public ReadOnlySpan<byte> Protocol => Version switch
    {
        10 => "HTTP/1.0"u8,
        20 => "HTTP/2"u8,
        _ => "HTTP/1.1"u8,
    };

    public BodyFraming Framing { get; protected set; }

    /// <summary>Length of the body where <see cref="Framing"/> is <see cref="BodyFraming.Length"/>.</summary>
    public long ContentLength { get; protected set; }

    /// <summary>The sender wants the connection closed after this message (explicitly, or by speaking HTTP/1.0 without keep-alive).</summary>
    public bool WantsClose { get; protected set; }

    /// <summary>Connection names "upgrade" and an Upgrade field is there.</summary>
    public bool WantsUpgrade { get; protected set; }

    public bool IsEmpty => Bytes.Length == 0;

    /// <summary>Bytes used in the owned buffer.</summary>
    public int Size { get; private set; }

    protected byte[] Bytes { get; private set; } = [];

    public ReadOnlySpan<byte> NameOf(int index)
    {
        ref var field = ref _fields[index];
        return Bytes.AsSpan(field.LineStart, field.NameLength);
    }

    public ReadOnlySpan<byte> ValueOf(int index)
    {
        ref var field = ref _fields[index];
        return Bytes.AsSpan(field.ValueStart, field.ValueLength);
    }

    /// <summary>Text that lies in the owned bytes.</summary>
    public ReadOnlySpan<byte> Text(Range range) => Bytes.AsSpan(range);

    public bool IsRemoved(int index) => _fields[index].IsRemoved;

    public KnownHeader KnownOf(int index) => _fields[index].Known;

    /// <summary>The field must not enter a compression table, here or further on (RFC 7541 section 7.1.3).</summary>
    public bool IsSensitive(int index) => _fields[index].IsSensitive;

    /// <summary>First field of that name, -1 when there is none.</summary>
    public int Find(KnownHeader known)
    {
        for (var i = 0; i < FieldCount; i++)
        {
            if (_fields[i].Known == known && !_fields[i].IsRemoved)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>First field of that name at or after <paramref name="from"/>, -1 when there is none.</summary>
    public int Find(ReadOnlySpan<byte> name, int from = 0)
    {
        for (var i = from; i < FieldCount; i++)
        {
            ref var field = ref _fields[i];
            if (field.NameLength == name.Length && !field.IsRemoved && Ascii.EqualsIgnoreCase(NameOf(i), name))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Value of the first field of that name, empty when there is none.</summary>
    public ReadOnlySpan<byte> Get(KnownHeader known)
    {
        var index = Find(known);
        return index < 0 ? default : ValueOf(index);
    }

    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var index = Find(name);
        value = index < 0 ? default : ValueOf(index);
        return index >= 0;
    }

    public void RemoveAt(int index) => _fields[index].IsRemoved = true;

    /// <summary>The body will have another length than was said.</summary>
    public virtual void ForgetLength()
    {
        Remove(KnownHeader.ContentLength);
        if (Framing == BodyFraming.Length)
        {
            Framing = BodyFraming.Chunked;
        }
    }

    public void Remove(KnownHeader known)
    {
        for (var i = 0; i < FieldCount; i++)
        {
            if (_fields[i].Known == known)
            {
                _fields[i].IsRemoved = true;
            }
        }
    }

    public bool Remove(ReadOnlySpan<byte> name)
    {
        var removed = false;
        for (var i = Find(name); i >= 0; i = Find(name, i + 1))
        {
            _fields[i].IsRemoved = true;
            removed = true;
        }

        return removed;
    }

    /// <summary>Adds a field behind the others.</summary>
    public void Append(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Append(name, value, KnownHeaders.Find(name), isSensitive: false);

    /// <summary>Adds a field whose name has been looked at already.</summary>
    public void Append(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, KnownHeader known, bool isSensitive)
    {
        // A value may lie in our own bytes, which move when they grow: make room first, then find it again.
        var own = value.Overlaps(Bytes, out var offset);
        var start = Reserve(name.Length + value.Length + 4);
        var source = own ? Bytes.AsSpan(-offset, value.Length) : value;
        var target = Bytes.AsSpan(start);
        name.CopyTo(target);
        target[name.Length] = (byte)':';
        target[name.Length + 1] = (byte)' ';
        source.CopyTo(target[(name.Length + 2)..]);
        var end = name.Length + 2 + value.Length;
        target[end] = (byte)'\r';
        target[end + 1] = (byte)'\n';
        Size = start + end + 2;
        AddField(new HeaderField
        {
            LineStart = start,
            NameLength = name.Length,
            ValueStart = start + name.Length + 2,
            ValueLength = value.Length,
            LineEnd = Size,
            Known = known,
            IsSensitive = isSensitive,
        });
    }

    /// <summary>Replaces a field by one of the same name, behind the others, whose value goes on after a separator.</summary>
    public void AppendJoined(int index, ReadOnlySpan<byte> separator, ReadOnlySpan<byte> value)
    {
        var old = _fields[index];
        _fields[index].IsRemoved = true;
        var start = Reserve(old.NameLength + 2 + old.ValueLength + separator.Length + value.Length + 2);
        var target = Bytes.AsSpan(start);
        Bytes.AsSpan(old.LineStart, old.NameLength).CopyTo(target);
        ": "u8.CopyTo(target[old.NameLength..]);
        var joined = target[(old.NameLength + 2)..];
        Bytes.AsSpan(old.ValueStart, old.ValueLength).CopyTo(joined);
        separator.CopyTo(joined[old.ValueLength..]);
        value.CopyTo(joined[(old.ValueLength + separator.Length)..]);
        var length = old.ValueLength + separator.Length + value.Length;
        "\r\n"u8.CopyTo(joined[length..]);
        Size = start + old.NameLength + 2 + length + 2;
        AddField(old with { LineStart = start, ValueStart = start + old.NameLength + 2, ValueLength = length, LineEnd = Size });
    }

    /// <summary>Replaces all fields of that name by one.</summary>
    public void Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Remove(name);
        Append(name, value);
    }

    /// <summary>Keeps text of no field's line in the owned bytes.</summary>
    public Range Keep(ReadOnlySpan<byte> text)
    {
        var own = text.Overlaps(Bytes, out var offset);
        var start = Reserve(text.Length);
        (own ? Bytes.AsSpan(-offset, text.Length) : text).CopyTo(Bytes.AsSpan(start));
        Size = start + text.Length;
        return start..Size;
    }

    /// <summary>Gives the buffer back; the head is empty.</summary>
    public virtual void Clear()
    {
        if (_pool is not null)
        {
            _pool.Return(Bytes);
            _pool = null;
        }

        Bytes = [];
        Size = 0;
        FieldCount = 0;
        Framing = BodyFraming.None;
        ContentLength = 0;
        WantsClose = false;
        WantsUpgrade = false;
    }

    /// <summary>The next run of bytes of fields that were not removed, from field <paramref name="index"/> on; empty at the end.</summary>
    public ReadOnlySpan<byte> NextRun(ref int index)
    {
        while (index < FieldCount && _fields[index].IsRemoved)
        {
            index++;
        }

        if (index == FieldCount)
        {
            return default;
        }

        var start = _fields[index].LineStart;
        var end = _fields[index].LineEnd;
        index++;
        while (index < FieldCount && !_fields[index].IsRemoved && _fields[index].LineStart == end)
        {
            end = _fields[index].LineEnd;
            index++;
        }

        return Bytes.AsSpan(start, end - start);
    }

    /// <summary>Starts a head of HTTP/2, whose parts are added one by one.</summary>
    public void Begin(BufferPool pool)
    {
        Own(pool, default);
        Version = 20;
    }

    /// <summary>Takes a copy of the bytes with room for additions.</summary>
    protected internal void Own(BufferPool pool, ReadOnlySpan<byte> head)
    {
        Clear();
        _pool = pool;
        Bytes = pool.Rent(head.Length + Slack);
        head.CopyTo(Bytes);
        Size = head.Length;
    }

    protected void AddField(in HeaderField field)
    {
        if (FieldCount == _fields.Length)
        {
            Array.Resize(ref _fields, _fields.Length * 2);
        }

        _fields[FieldCount++] = field;
    }

    /// <summary>Reads the field lines from <paramref name="position"/> to the empty line that ends the owned bytes.</summary>
    protected HeadError ReadFields(int position, int end)
    {
        var bytes = Bytes;
        while (position < end - 2)
        {
            if (FieldCount == HttpLimits.FieldCount)
            {
                return HeadError.TooLarge;
            }

            if (!FieldSyntax.TryReadLine(bytes, position, end, out var field))
            {
                return HeadError.Malformed;
            }

            field.Known = KnownHeaders.Find(bytes.AsSpan(field.LineStart, field.NameLength));
            AddField(field);
            position = field.LineEnd;
        }

        return HeadError.None;
    }

    private int Reserve(int size)
    {
        if (Size + size > Bytes.Length)
        {
            var grown = (_pool ?? throw new InvalidOperationException("an empty head takes no fields")).Rent(Size + size + Slack);
            Bytes.AsSpan(0, Size).CopyTo(grown);
            _pool.Return(Bytes);
            Bytes = grown;
        }

        return Size;
    }
}
