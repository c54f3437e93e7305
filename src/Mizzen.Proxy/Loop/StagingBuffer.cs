namespace Mizzen.Proxy.Loop;

/// <summary>
/// The one send buffer of a loop. A callback writes head, chunk frames and body piece by piece; they leave with one system call
/// when the callback ends, when somebody else writes, or when the buffer is full.
/// </summary>
internal sealed class StagingBuffer
{
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferPool.Largest, pinned: true);
    private IStagedWriter? _owner;
    private int _length;

    public void Append(IStagedWriter writer, ReadOnlySpan<byte> data)
    {
        if (!ReferenceEquals(_owner, writer))
        {
            Flush();
            _owner = writer;
        }

        if (data.Length <= _buffer.Length - _length)
        {
            data.CopyTo(_buffer.AsSpan(_length));
            _length += data.Length;
            return;
        }

        var length = _length;
        _owner = null;
        _length = 0;
        writer.SendStaged(_buffer.AsSpan(0, length), data);
    }

    public void Flush()
    {
        var owner = _owner;
        if (owner is null)
        {
            return;
        }

        var length = _length;
        _owner = null;
        _length = 0;
        if (length > 0)
        {
            owner.SendStaged(_buffer.AsSpan(0, length), default);
        }
    }

    /// <summary>Sends what this writer has staged, if it is the owner.</summary>
    public void FlushOf(IStagedWriter writer)
    {
        if (ReferenceEquals(_owner, writer))
        {
            Flush();
        }
    }
}
