using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Http2;

/// <summary>
/// What both sides share about one stream (RFC 9113 section 5): its two windows, bytes that wait for either, and which halves are over.
/// Reused; the numbers below are of the stream that it carries now.
/// </summary>
internal sealed class Http2Stream(IHttp2StreamOwner owner)
{
    private Http2Connection? _connection;
    private ByteQueue _unread;
    private ByteQueue _unsent;
    private Trailers? _heldTrailers;
    private Trailers? _sendTrailers;
    private bool _paused;
    private bool _resuming;
    private bool _endUnread;
    private bool _endUnsent;
    private long _received;
    private int _granted;
    private int _unacknowledged;

    /// <summary>Neighbours in the connection's list of streams that have unsent bytes.</summary>
    internal Http2Stream? NextBlocked;
    internal Http2Stream? PreviousBlocked;
    internal bool IsBlocked;

    public IHttp2StreamOwner Owner => owner;

    public int Id { get; private set; }

    public bool IsOpen => _connection is not null;

    /// <summary>Octets of body that the peer takes now; negative after it has shrunk its window (section 6.9.2).</summary>
    public long SendWindow { get; private set; }

    /// <summary>More bytes wait for the peer than we like.</summary>
    public bool IsCongested { get; private set; }

    /// <summary>The peer has ended its half, though the owner may not have been told.</summary>
    public bool IsRemoteEnded { get; private set; }

    /// <summary>Our half has ended on the wire.</summary>
    public bool IsLocalEnded { get; private set; }

    /// <summary>Length of the body as announced, -1 when it was not.</summary>
    public long ExpectedLength { get; set; }

    /// <summary>All bytes of a body of announced length are here, though the peer may not have ended its half.</summary>
    public bool HasWholeBody => ExpectedLength >= 0 && _received == ExpectedLength;

    /// <summary>Loop time at which it was opened.</summary>
    public long OpenedAt { get; private set; }

    /// <summary>Bytes that wait for the peer.</summary>
    public long Unsent => _unsent.Length;

    private BufferPool Pool => _connection!.Loop.Buffers;

    public void Open(Http2Connection connection, int id, long sendWindow, int receiveWindow)
    {
        _connection = connection;
        Id = id;
        SendWindow = sendWindow;
        _granted = receiveWindow;
        _received = 0;
        _unacknowledged = 0;
        _paused = _resuming = _endUnread = _endUnsent = false;
        IsCongested = IsRemoteEnded = IsLocalEnded = false;
        ExpectedLength = -1;
        OpenedAt = connection.Loop.Now;
    }

    /// <summary>Gives up whatever it holds; the connection has forgotten it.</summary>
    public void Close()
    {
        if (_connection is null)
        {
            return;
        }

        _connection.Consume((int)_unread.Length);
        _unread.Clear(Pool);
        _unsent.Clear(Pool);
        _heldTrailers?.Clear();
        _sendTrailers?.Clear();
        _connection = null;
    }

    /// <summary>Counts a DATA frame against the window that we gave; false when it is larger.</summary>
    public bool TakeFromWindow(int length)
    {
        _granted -= length;
        return _granted >= 0;
    }

    /// <summary>Padding is used up as soon as it comes.</summary>
    public void SkipPadding(int length) => GiveBack(length);

    public void Receive(ReadOnlySpan<byte> data)
    {
        _received += data.Length;
        if (ExpectedLength >= 0 && _received > ExpectedLength)
        {
            _connection!.Consume(data.Length);
            _connection.Refuse(this, Http2Error.Protocol);
            return;
        }

        if (_paused || _resuming)
        {
            _unread.Append(Pool, data);
            return;
        }

        Deliver(data);
    }

    /// <summary>The peer's half ends, with trailers or without.</summary>
    public void ReceiveEnd(Trailers? trailers)
    {
        IsRemoteEnded = true;
        if (ExpectedLength >= 0 && _received != ExpectedLength)
        {
            _connection!.Refuse(this, Http2Error.Protocol);
            return;
        }

        if (_paused || _resuming)
        {
            _endUnread = true;
            Hold(ref _heldTrailers, trailers);
            return;
        }

        DeliverEnd(trailers);
    }

    /// <summary>Marks the peer's half as ended by its head: nothing is told to the owner.</summary>
    public void EndWithHead() => IsRemoteEnded = true;

    /// <summary>Delivers nothing until <see cref="Resume"/>; the peer is stopped by its window.</summary>
    public void Pause()
    {
        _paused = true;
        _resuming = false;
    }

    /// <summary>Delivers again, what has come meanwhile at the end of the loop's turn.</summary>
    public void Resume()
    {
        if (!_paused || _connection is null)
        {
            return;
        }

        _paused = false;
        if (!_unread.IsEmpty || _endUnread)
        {
            _resuming = true;
            _connection.DeliverLater(this);
        }
    }

    /// <summary>Delivers what was held back.</summary>
    public void DeliverUnread()
    {
        while (_resuming && _connection is { } connection)
        {
            if (_unread.IsEmpty)
            {
                _resuming = false;
                if (_endUnread)
                {
                    _endUnread = false;
                    DeliverHeldEnd();
                }

                return;
            }

            var first = _unread.First;
            var length = first.Length;
            owner.OnData(first);
            if (_connection is null)
            {
                return;
            }

            _unread.Consume(connection.Loop.Buffers, length);
            connection.Consume(length);
            GiveBack(length);
        }
    }

    public void Write(ReadOnlySpan<byte> data)
    {
        if (_connection is not { } connection || IsLocalEnded || _endUnsent)
        {
            return;
        }

        if (_unsent.IsEmpty)
        {
            data = data[connection.SendNow(this, data)..];
        }

        // Sending may have found the connection broken.
        if (!data.IsEmpty && IsOpen)
        {
            _unsent.Append(Pool, data);
            connection.AddBlocked(this);
            IsCongested |= _unsent.Length > ByteTransport.HighWatermark;
        }
    }

    /// <summary>Ends our half, behind what still waits.</summary>
    public void End(Trailers? trailers)
    {
        if (_connection is not { } connection || IsLocalEnded || _endUnsent)
        {
            return;
        }

        if (_unsent.IsEmpty)
        {
            connection.SendEnd(this, trailers);
            return;
        }

        _endUnsent = true;
        Hold(ref _sendTrailers, trailers);
    }

    /// <summary>Sends one piece of what waits. False when the stream's window is used up.</summary>
    public bool SendUnsent()
    {
        var connection = _connection!;
        var first = _unsent.First;
        var sent = connection.SendNow(this, first);
        if (!IsOpen)
        {
            return false;
        }

        if (sent > 0)
        {
            _unsent.Consume(Pool, sent);
        }

        if (_unsent.IsEmpty && _endUnsent)
        {
            _endUnsent = false;
            connection.SendEnd(this, _sendTrailers is { IsEmpty: false } ? _sendTrailers : null);
            _sendTrailers?.Clear();
        }

        return sent > 0;
    }

    /// <summary>Tells the owner when enough has left.</summary>
    public void TellDrained()
    {
        if (IsCongested && _unsent.Length <= ByteTransport.LowWatermark)
        {
            IsCongested = false;
            owner.OnDrained();
        }
    }

    /// <summary>Changes the peer's window; false when it becomes larger than allowed.</summary>
    public bool GrowSendWindow(long increment)
    {
        SendWindow += increment;
        return SendWindow <= int.MaxValue;
    }

    public void UseSendWindow(int count) => SendWindow -= count;

    public void MarkLocalEnded() => IsLocalEnded = true;

    private void Deliver(ReadOnlySpan<byte> data)
    {
        // First, because the owner may end the stream.
        _connection!.Consume(data.Length);
        owner.OnData(data);
        if (IsOpen)
        {
            GiveBack(data.Length);
        }
    }

    private void DeliverHeldEnd()
    {
        var trailers = _heldTrailers is { IsEmpty: false } held ? held : null;
        DeliverEnd(trailers);
        trailers?.Clear();
    }

    private void DeliverEnd(Trailers? trailers)
    {
        var connection = _connection!;
        owner.OnEnd(trailers);
        connection.CloseIfEnded(this);
    }

    private void Hold(ref Trailers? held, Trailers? trailers)
    {
        if (trailers is not null)
        {
            (held ??= new Trailers()).CopyFrom(Pool, trailers);
        }
    }

    /// <summary>Opens the window again, half of it at a time, while the peer has more to send.</summary>
    private void GiveBack(int length)
    {
        _unacknowledged += length;
        if (IsRemoteEnded || _unacknowledged < _connection!.StreamWindow / 2)
        {
            return;
        }

        _connection.SendWindowUpdate(Id, _unacknowledged);
        _granted += _unacknowledged;
        _unacknowledged = 0;
    }
}
