namespace Mizzen.Proxy.Http;

/// <summary>Counts the messages of a gRPC body by their prefixes: a flag and four octets of length before each.</summary>
internal struct GrpcMessageCounter
{
    private const int PrefixLength = 5;

    private int _prefix;
    private uint _length;
    private uint _left;

    /// <summary>Messages that have begun.</summary>
    public long Count { get; private set; }

    public void Reset() => this = default;

    public void Take(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            if (_left > 0)
            {
                var skipped = (int)Math.Min(_left, (uint)data.Length);
                _left -= (uint)skipped;
                data = data[skipped..];
                continue;
            }

            _length = (_length << 8) | data[0];
            data = data[1..];
            if (++_prefix == PrefixLength)
            {
                // The flag has been shifted out.
                _left = _length;
                _prefix = 0;
                Count++;
            }
        }
    }
}
