using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Http2;

/// <summary>Frames of one connection that leave together at the end of the loop's turn. Holds no buffer while empty.</summary>
internal sealed class OutputBuffer(BufferPool pool)
{
    private const int FirstSize = 8 * 1024;

    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>Room for at least that many bytes, to be counted by <see cref="Advance"/>.</summary>
    public Span<byte> Reserve(int size)
    {
        if (Length + size > _bytes.Length)
        {
            Grow(size);
        }

        return _bytes.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Bytes that were written, to be changed.</summary>
    public Span<byte> Slice(int start, int length) => _bytes.AsSpan(start, length);

    /// <summary>Makes room for <paramref name="size"/> bytes inside what was written.</summary>
    public Span<byte> Insert(int position, int size)
    {
        _ = Reserve(size);
        _bytes.AsSpan(position, Length - position).CopyTo(_bytes.AsSpan(position + size));
        Length += size;
        return _bytes.AsSpan(position, size);
    }

    /// <summary>Takes back what was written behind a position.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>Gives the buffer back.</summary>
    public void Clear()
    {
        if (_bytes.Length > 0)
        {
            pool.Return(_bytes);
            _bytes = [];
        }

        Length = 0;
    }

    private void Grow(int size)
    {
        var grown = pool.Rent(Math.Max(FirstSize, Length + size));
        _bytes.AsSpan(0, Length).CopyTo(grown);
        if (_bytes.Length > 0)
        {
            pool.Return(_bytes);
        }

        _bytes = grown;
    }
}
