namespace Mizzen.Proxy.Http2;

/// <summary>The open streams of one connection, and those that we have reset lately: the peer may not know yet (RFC 9113 section 5.1).</summary>
internal sealed class StreamTable
{
    private const int Remembered = 128;

    private readonly Dictionary<int, Http2Stream> _streams = [];
    private int[]? _reset;
    private int _resetCount;

    public int Count => _streams.Count;

    public Http2Stream? Find(int id) => _streams.GetValueOrDefault(id);

    public void Add(Http2Stream stream) => _streams.Add(stream.Id, stream);

    public void Remove(int id) => _streams.Remove(id);

    /// <summary>Remembers that frames of the peer may still come for a stream that we have reset.</summary>
    public void RememberReset(int id)
    {
        _reset ??= new int[Remembered];
        _reset[_resetCount++ % Remembered] = id;
    }

    public bool WasReset(int id) => _reset is not null && _reset.AsSpan().Contains(id);

    /// <summary>The open streams as they are now, whatever happens to them meanwhile.</summary>
    public Http2Stream[] All() => [.. _streams.Values];
}
