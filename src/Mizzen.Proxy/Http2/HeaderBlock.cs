using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Http2;

/// <summary>A header block that comes in several frames (RFC 9113 section 6.10): collected up to a limit.</summary>
internal sealed class HeaderBlock(BufferPool pool)
{
    /// <summary>CONTINUATION frames of one block; more are an attack, since the largest block that we take needs five.</summary>
    public const int MostFrames = 8;

    private byte[]? _bytes;
    private int _length;
    private int _frames;

    /// <summary>The stream whose block is open; 0 when none is.</summary>
    public int Stream { get; private set; }

    public bool EndsStream { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    public void Begin(int stream, bool endsStream, ReadOnlySpan<byte> fragment)
    {
        Stream = stream;
        EndsStream = endsStream;
        _bytes = pool.Rent(BufferPool.Largest);
        _length = 0;
        _frames = -1;
        _ = TryAppend(fragment);
    }

    /// <summary>False when the block gets too long.</summary>
    public bool TryAppend(ReadOnlySpan<byte> fragment)
    {
        if (++_frames > MostFrames || _length + fragment.Length > HttpLimits.HeadBytes)
        {
            return false;
        }

        fragment.CopyTo(_bytes.AsSpan(_length));
        _length += fragment.Length;
        return true;
    }

    public void End()
    {
        Stream = 0;
        if (_bytes is not null)
        {
            pool.Return(_bytes);
            _bytes = null;
        }
    }
}
