using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Transport;

/// <summary>A TCP socket on a loop.</summary>
internal sealed unsafe class SocketTransport : ByteTransport, IStagedWriter
{
    /// <summary>How long bytes of a peer to whom we have said goodbye are discarded before the socket is closed (Envoy's delayed close).</summary>
    private const int LingerMilliseconds = 1000;

    private readonly LoopTimer _timer;
    private int _descriptor;
    private NetAddress _local;
    private ByteQueue _queue;
    private byte[]? _pending;
    private int _pendingStart;
    private int _pendingEnd;
    private Phase _phase;
    private byte[]? _preface;
    private bool _paused;
    private bool _readable;
    private bool _endSeen;
    private bool _endDelivered;
    private bool _congested;
    private bool _sendBroken;
    private bool _endWanted;
    private bool _endSent;
    private TransportFault _fault;
    private long _lingerMark = -1;

    private SocketTransport(EventLoop loop, int descriptor, Phase phase)
        : base(loop)
    {
        _descriptor = descriptor;
        _phase = phase;
        _timer = new LoopTimer(OnTimer);
    }

    private enum Phase
    {
        Connecting,
        Open,
        Lingering,
        Closed,
    }

    public override NetAddress Local
    {
        get
        {
            if (_local.IsNone && _descriptor >= 0 && _phase != Phase.Connecting)
            {
                _local = SocketOptions.LocalOf(_descriptor);
            }

            return _local;
        }
    }

    public override NetAddress Remote => RemoteAddress;

    public override bool IsCongested => _congested;

    private NetAddress RemoteAddress { get; set; }

    /// <summary>Takes over an accepted, non-blocking socket.</summary>
    public static SocketTransport Adopt(EventLoop loop, int descriptor, NetAddress remote)
    {
        var transport = new SocketTransport(loop, descriptor, Phase.Open) { RemoteAddress = remote };
        loop.Register(transport, descriptor);
        return transport;
    }

    /// <summary>From here on the connection counts as that of another client: what stood at its front says so.</summary>
    public void PresentAs(NetAddress client) => RemoteAddress = client;

    /// <summary>What is sent before anything else, once the connection stands.</summary>
    public void Begin(byte[] preface) => _preface = preface;

    /// <summary>Starts to connect. The outcome arrives at the handler, also when it is known at once.</summary>
    public static SocketTransport Connect(EventLoop loop, NetAddress remote, int timeoutMilliseconds, DialOptions options, NetAddress source = default)
    {
        var descriptor = options.OpenSocket(remote, out var error, source);
        var transport = new SocketTransport(loop, descriptor, Phase.Connecting) { RemoteAddress = remote };
        if (error == 0)
        {
            var address = stackalloc byte[NetAddress.LargestSocketAddress];
            var length = remote.WriteSocketAddress(new Span<byte>(address, NetAddress.LargestSocketAddress));
            error = Syscalls.Connect(descriptor, address, length) == 0 ? 0 : Syscalls.Errno;
        }

        if (error is not 0 and not Linux.InProgress)
        {
            transport._fault = TransportFault.ConnectFailed;
            transport.ErrorNumber = error;
            loop.Defer(transport);
            return transport;
        }

        loop.Register(transport, descriptor);
        loop.Arm(transport._timer, timeoutMilliseconds);
        return transport;
    }

    /// <summary>Lets the kernel ask a silent peer whether it is still there.</summary>
    public void KeepAlive(KeepaliveModel model) => SocketOptions.KeepAlive(_descriptor, model);

    public override void Write(ReadOnlySpan<byte> data)
    {
        if (_sendBroken || _endWanted || _phase != Phase.Open)
        {
            return;
        }

        if (_queue.IsEmpty)
        {
            Loop.Staging.Append(this, data);
            return;
        }

        Enqueue(data);
    }

    public void SendStaged(ReadOnlySpan<byte> staged, ReadOnlySpan<byte> more)
    {
        if (_sendBroken || _phase is Phase.Closed or Phase.Connecting)
        {
            return;
        }

        if (!_queue.IsEmpty)
        {
            Enqueue(staged);
            Enqueue(more);
            return;
        }

        var sent = more.IsEmpty ? SocketIo.Send(_descriptor, staged) : SocketIo.Send(_descriptor, staged, more);
        if (sent < 0)
        {
            BreakSending();
            return;
        }

        if (sent < staged.Length)
        {
            Enqueue(staged[(int)sent..]);
            Enqueue(more);
        }
        else if (sent < staged.Length + more.Length)
        {
            Enqueue(more[(int)(sent - staged.Length)..]);
        }
    }

    public override void PauseReading() => _paused = true;

    public override void ResumeReading()
    {
        if (_paused)
        {
            _paused = false;
            if (_readable || _pending is not null || (_endSeen && !_endDelivered))
            {
                Loop.Defer(this);
            }
        }
    }

    public override void RedeliverPending()
    {
        if (_pending is not null)
        {
            Loop.Defer(this);
        }
    }

    public override void ShutdownSend()
    {
        if (_endWanted || _phase != Phase.Open)
        {
            return;
        }

        Loop.Staging.FlushOf(this);
        _endWanted = true;
        SendEndWhenDrained();
    }

    public override void Close()
    {
        if (_phase is Phase.Closed or Phase.Lingering)
        {
            return;
        }

        Handler = null;
        if (_phase == Phase.Connecting || _sendBroken)
        {
            Release();
            return;
        }

        ShutdownSend();
        DropPending();
        if (_endDelivered && _endSent)
        {
            Release();
            return;
        }

        _phase = Phase.Lingering;
        _paused = false;
        Loop.Arm(_timer, LingerMilliseconds);
        if (_readable)
        {
            Loop.Defer(this);
        }
    }

    public override void Abort(bool reset = false)
    {
        if (_phase == Phase.Closed)
        {
            return;
        }

        Handler = null;
        if (reset && _descriptor >= 0)
        {
            SocketOptions.ResetOnClose(_descriptor);
        }

        Release();
    }

    /// <summary>Gives the socket away: it is no longer watched, its unread bytes (if any) are copied to <paramref name="unread"/>. Nothing may be queued.</summary>
    public int Detach(out byte[] unread)
    {
        Loop.Staging.FlushOf(this);
        unread = _pending is null ? [] : _pending.AsSpan(_pendingStart, _pendingEnd - _pendingStart).ToArray();
        var descriptor = _descriptor;
        Loop.Unwatch(descriptor);
        _descriptor = -1;
        Handler = null;
        Release();
        return descriptor;
    }

    public override void OnReady(uint events)
    {
        if (_phase == Phase.Connecting)
        {
            FinishConnecting();
            if (_phase != Phase.Open)
            {
                return;
            }
        }

        if ((events & Linux.EpollOut) != 0 && !_queue.IsEmpty)
        {
            SendQueued();
        }

        if ((events & (Linux.EpollIn | Linux.EpollReadHangUp | Linux.EpollHangUp | Linux.EpollError)) != 0)
        {
            _readable = true;
            if ((events & (Linux.EpollReadHangUp | Linux.EpollHangUp | Linux.EpollError)) != 0)
            {
                _endSeen = true;
            }

            ReadAvailable();
        }
    }

    public override void OnDeferred()
    {
        if (_fault != TransportFault.None)
        {
            Fail(_fault);
            return;
        }

        if (_phase == Phase.Open && _pending is not null && !_paused)
        {
            Deliver(_pending, _pendingStart, _pendingEnd - _pendingStart);
        }

        if (_readable)
        {
            ReadAvailable();
        }
    }

    private void FinishConnecting()
    {
        var error = SocketOptions.TakeError(_descriptor);
        if (error != 0)
        {
            ErrorNumber = error;
            Fail(error == Linux.TimedOut ? TransportFault.ConnectTimeout : TransportFault.ConnectFailed);
            return;
        }

        _phase = Phase.Open;
        Loop.Disarm(_timer);
        if (_preface is { } preface)
        {
            _preface = null;
            Write(preface);
        }

        Handler?.OnConnected();
    }

    private void ReadAvailable()
    {
        while (_readable && !_paused && _phase is Phase.Open or Phase.Lingering)
        {
            var buffer = _pending ?? Loop.ReceiveScratch;
            var start = _pending is null ? 0 : _pendingEnd;
            if (start == buffer.Length)
            {
                buffer = GrowPending();
                start = _pendingEnd;
            }

            var count = SocketIo.Receive(_descriptor, buffer, start);
            if (count <= 0)
            {
                OnReceiveStopped((int)count);
                return;
            }

            // A short read proves that the socket is drained, unless its end is already known to stand behind the data.
            _readable = count == buffer.Length - start || _endSeen;
            if (_phase == Phase.Lingering)
            {
                continue;
            }

            if (_pending is null)
            {
                Deliver(buffer, 0, (int)count);
            }
            else
            {
                _pendingEnd += (int)count;
                Deliver(_pending, _pendingStart, _pendingEnd - _pendingStart);
            }

            if (_readable && !_endSeen)
            {
                // More than one full buffer: let the other connections of the turn have theirs.
                Loop.Defer(this);
                return;
            }
        }
    }

    private void OnReceiveStopped(int result)
    {
        _readable = false;
        if (result == -Linux.Again)
        {
            _endSeen = false;
            if (_sendBroken)
            {
                Fail(TransportFault.Reset);
            }
        }
        else if (_phase == Phase.Lingering)
        {
            if (result < 0 || _queue.IsEmpty || _sendBroken)
            {
                Release();
            }

            _endDelivered = true;
        }
        else if (result < 0 || _sendBroken)
        {
            Fail(TransportFault.Reset);
        }
        else
        {
            _endSeen = true;
            _endDelivered = true;
            Handler?.OnEndOfStream();
        }
    }

    private void Deliver(byte[] buffer, int offset, int count)
    {
        var used = Handler?.OnData(buffer, offset, count) ?? count;
        if (_phase != Phase.Open)
        {
            return;
        }

        if (used == count)
        {
            DropPending();
        }
        else if (ReferenceEquals(buffer, _pending))
        {
            _pendingStart += used;
        }
        else
        {
            _pending = Loop.Buffers.Rent(count - used);
            _pendingStart = 0;
            _pendingEnd = count - used;
            buffer.AsSpan(offset + used, count - used).CopyTo(_pending);
        }
    }

    private byte[] GrowPending()
    {
        var length = _pendingEnd - _pendingStart;
        var target = _pendingStart > 0 ? _pending! : Loop.Buffers.Rent(length * 2);
        Buffer.BlockCopy(_pending!, _pendingStart, target, 0, length);
        if (!ReferenceEquals(target, _pending))
        {
            Loop.Buffers.Return(_pending!);
            _pending = target;
        }

        _pendingStart = 0;
        _pendingEnd = length;
        return target;
    }

    private void DropPending()
    {
        if (_pending is not null)
        {
            Loop.Buffers.Return(_pending);
            _pending = null;
            _pendingStart = 0;
            _pendingEnd = 0;
        }
    }

    private void Enqueue(ReadOnlySpan<byte> data)
    {
        _queue.Append(Loop.Buffers, data);
        if (!_congested && _queue.Length > HighWatermark)
        {
            _congested = true;
            Handler?.OnCongested();
        }
    }

    private void SendQueued()
    {
        while (!_queue.IsEmpty)
        {
            var first = _queue.First;
            var sent = SocketIo.Send(_descriptor, first);
            if (sent < 0)
            {
                BreakSending();
                return;
            }

            if (sent == 0)
            {
                break;
            }

            _queue.Consume(Loop.Buffers, (int)sent);
            if (sent < first.Length)
            {
                break;
            }
        }

        SendEndWhenDrained();
        if (_congested && _queue.Length <= LowWatermark)
        {
            _congested = false;
            Handler?.OnDrained();
        }
    }

    private void SendEndWhenDrained()
    {
        if (_endWanted && !_endSent && _queue.IsEmpty && !_sendBroken && _descriptor >= 0)
        {
            _endSent = true;
            _ = Syscalls.Shutdown(_descriptor, Linux.ShutdownWrite);
            if (_phase == Phase.Lingering && _endDelivered)
            {
                Release();
            }
        }
    }

    private void BreakSending()
    {
        // The peer has closed or reset. What it sent before may still be readable (an early answer), so reading decides the end.
        _sendBroken = true;
        _queue.Clear(Loop.Buffers);
        _readable = true;
        _paused = false;
        Loop.Defer(this);
    }

    private void OnTimer()
    {
        if (_phase == Phase.Connecting)
        {
            Fail(TransportFault.ConnectTimeout);
        }
        else if (_phase == Phase.Lingering)
        {
            if (_queue.IsEmpty)
            {
                Release();
            }
            else
            {
                LingerOn();
            }
        }
    }

    private void LingerOn()
    {
        // A slow reader still gets the rest of its answer as long as it takes some of it every second.
        if (_queue.Length == _lingerMark)
        {
            Release();
            return;
        }

        _lingerMark = _queue.Length;
        Loop.Arm(_timer, LingerMilliseconds);
    }

    private void Fail(TransportFault fault)
    {
        if (_phase == Phase.Closed)
        {
            return;
        }

        var handler = Handler;
        Handler = null;
        Release();
        handler?.OnClosed(fault);
    }

    private void Release()
    {
        Loop.Staging.FlushOf(this);
        _phase = Phase.Closed;
        _fault = TransportFault.None;
        Loop.Disarm(_timer);
        Loop.Unregister(this);
        DropPending();
        _queue.Clear(Loop.Buffers);
        if (_descriptor >= 0)
        {
            _ = Syscalls.Close(_descriptor);
            _descriptor = -1;
        }
    }
}
