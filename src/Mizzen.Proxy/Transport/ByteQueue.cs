using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Transport;

/// <summary>Bytes that wait to be taken, in pooled chunks, oldest first. Holds no buffer while empty.</summary>
internal struct ByteQueue
{
    private const int ChunkSize = 16 * 1024;

    private Queue<byte[]>? _chunks;
    private byte[]? _tail;
    private int _headOffset;
    private int _tailLength;

    public long Length { get; private set; }

    public readonly bool IsEmpty => Length == 0;

    /// <summary>The oldest bytes that lie together.</summary>
    public readonly ReadOnlySpan<byte> First
    {
        get
        {
            var chunk = _chunks!.Peek();
            var end = _chunks.Count == 1 ? _tailLength : ChunkSize;
            return chunk.AsSpan(_headOffset, end - _headOffset);
        }
    }

    public void Append(BufferPool pool, ReadOnlySpan<byte> data)
    {
        _chunks ??= new Queue<byte[]>();
        Length += data.Length;
        while (!data.IsEmpty)
        {
            if (_chunks.Count == 0 || _tailLength == ChunkSize)
            {
                _tail = pool.Rent(ChunkSize);
                _chunks.Enqueue(_tail);
                _tailLength = 0;
            }

            var part = Math.Min(data.Length, ChunkSize - _tailLength);
            data[..part].CopyTo(_tail.AsSpan(_tailLength));
            _tailLength += part;
            data = data[part..];
        }
    }

    /// <summary>Drops bytes of <see cref="First"/> that were taken.</summary>
    public void Consume(BufferPool pool, int count)
    {
        Length -= count;
        _headOffset += count;
        var end = _chunks!.Count == 1 ? _tailLength : ChunkSize;
        if (_headOffset == end)
        {
            pool.Return(_chunks.Dequeue());
            _headOffset = 0;
        }
    }

    public void Clear(BufferPool pool)
    {
        while (_chunks is { Count: > 0 })
        {
            pool.Return(_chunks.Dequeue());
        }

        _headOffset = 0;
        Length = 0;
    }
}
