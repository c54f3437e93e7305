using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Exchanges;

/// <summary>The part of a request's body that was received, kept for another attempt. Past its limit it gives up, and with it retries.</summary>
internal sealed class ReplayBuffer(BufferPool pool)
{
    /// <summary>Bytes of body up to which a request can be retried (Envoy's default buffer limit).</summary>
    public const int Limit = 1024 * 1024;

    private const int ChunkSize = 16 * 1024;

    private readonly List<byte[]> _chunks = [];
    private int _tailLength = ChunkSize;

    public long Length { get; private set; }

    /// <summary>Keeps the bytes; false when they are too many, and then nothing is kept.</summary>
    public bool TryAppend(ReadOnlySpan<byte> data)
    {
        if (Length + data.Length > Limit)
        {
            Clear();
            return false;
        }

        Append(data);
        return true;
    }

    /// <summary>Keeps the bytes, however many there are by now.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        Length += data.Length;
        while (!data.IsEmpty)
        {
            if (_tailLength == ChunkSize)
            {
                _chunks.Add(pool.Rent(ChunkSize));
                _tailLength = 0;
            }

            var part = Math.Min(data.Length, ChunkSize - _tailLength);
            data[..part].CopyTo(_chunks[^1].AsSpan(_tailLength));
            _tailLength += part;
            data = data[part..];
        }
    }

    /// <summary>Copies the beginning; returns the length.</summary>
    public int CopyTo(Span<byte> target)
    {
        var copied = 0;
        for (var i = 0; i < _chunks.Count && copied < target.Length; i++)
        {
            var chunk = _chunks[i].AsSpan(0, i == _chunks.Count - 1 ? _tailLength : ChunkSize);
            chunk = chunk[..Math.Min(chunk.Length, target.Length - copied)];
            chunk.CopyTo(target[copied..]);
            copied += chunk.Length;
        }

        return copied;
    }

    public void WriteTo(ClientStream stream)
    {
        for (var i = 0; i < _chunks.Count; i++)
        {
            stream.WriteData(_chunks[i].AsSpan(0, i == _chunks.Count - 1 ? _tailLength : ChunkSize));
        }
    }

    public void Clear()
    {
        for (var i = 0; i < _chunks.Count; i++)
        {
            pool.Return(_chunks[i]);
        }

        _chunks.Clear();
        _tailLength = ChunkSize;
        Length = 0;
    }
}
