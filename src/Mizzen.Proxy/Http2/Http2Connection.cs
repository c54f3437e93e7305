using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Http2;

/// <summary>
/// One HTTP/2 connection, either side (RFC 9113): reads frames strictly, keeps the windows, and lets what was written in one turn of the
/// loop leave with one send. An error of the connection ends it with GOAWAY, an error of a stream ends that stream.
/// </summary>
internal abstract class Http2Connection : FrameReceiver, ITransportHandler
{
    private const int DefaultWindow = 65535;
    private const int SettingsTimeoutMilliseconds = 10_000;

    private readonly FrameSender _sender;
    private readonly LoopTimer _settingsTimer;
    private readonly List<Http2Stream> _resumed = [];
    private readonly List<Http2Stream> _closed = [];
    private PeerSettings _peer = new();
    private int _granted;
    private int _unacknowledged;

    protected Http2Connection(ByteTransport transport, Http2Services services, Http2Model model, Http2Counters counters)
        : base(transport.Loop)
    {
        Transport = transport;
        Services = services;
        Model = model;
        Counters = counters;
        Guard = new FloodGuard(model, counters);
        Decoder = new HpackDecoder(services.Hpack, model.HeaderTableSize);
        _sender = new FrameSender(this, transport);
        _settingsTimer = new LoopTimer(() => Fail(Http2Error.SettingsTimeout, "settings were not acknowledged"u8));
        _granted = DefaultWindow;
        transport.Handler = this;
    }

    public ByteTransport Transport { get; }

    /// <summary>Bytes that a peer may send on a stream.</summary>
    public int StreamWindow => Model.StreamWindow;

    /// <summary>Streams under way.</summary>
    public int ActiveStreams => Streams.Count;

    protected Http2Services Services { get; }

    protected Http2Model Model { get; }

    protected override Http2Counters Counters { get; }

    protected override FloodGuard Guard { get; }

    protected HpackDecoder Decoder { get; }

    protected StreamTable Streams { get; } = new();

    protected FrameSender Sender => _sender;

    protected ref readonly PeerSettings Peer => ref _peer;

    /// <summary>The highest stream that the peer has opened (servers) or that we have (clients).</summary>
    protected int LastStream { get; set; }

    public abstract void OnConnected();

    public virtual int OnData(byte[] buffer, int offset, int count)
    {
        var used = 0;
        while (!IsClosed)
        {
            var step = ReadFrame(buffer.AsSpan(offset + used, count - used));
            if (step == 0)
            {
                break;
            }

            used += step;
        }

        return IsClosed ? count : used;
    }

    public void OnEndOfStream()
    {
        Transport.Close();
        End(StreamEnd.Connection);
    }

    public void OnCongested()
    {
    }

    public void OnDrained() => _sender.SendBlocked();

    public virtual void OnClosed(TransportFault fault) => End(StreamEnd.Connection);

    public override void OnDeferred()
    {
        for (var i = 0; i < _resumed.Count; i++)
        {
            _resumed[i].DeliverUnread();
        }

        _resumed.Clear();
        for (var i = 0; i < _closed.Count; i++)
        {
            _closed[i].Owner.OnClosed();
        }

        _closed.Clear();
        _sender.Flush();
    }

    /// <summary>Delivers what a stream has held back at the end of the turn.</summary>
    public void DeliverLater(Http2Stream stream)
    {
        _resumed.Add(stream);
        Loop.Defer(this);
    }

    /// <summary>Body bytes were used up: the connection's window opens again, half of it at a time.</summary>
    public override void Consume(int length)
    {
        _unacknowledged += length;
        if (_unacknowledged >= Model.ConnectionWindow / 2 && !IsClosed)
        {
            SendWindowUpdate(0, _unacknowledged);
            _granted += _unacknowledged;
            _unacknowledged = 0;
        }
    }

    public void SendWindowUpdate(int stream, int increment)
    {
        FrameWriter.WindowUpdate(_sender.Output, stream, increment);
        Touch();
    }

    /// <inheritdoc cref="FrameSender.SendNow"/>
    public int SendNow(Http2Stream stream, ReadOnlySpan<byte> data) => _sender.SendNow(stream, data);

    public void AddBlocked(Http2Stream stream) => _sender.AddBlocked(stream);

    public void OnDataSent() => Guard.OnDataSent();

    /// <summary>Ends our half of a stream; nothing of it waits any more.</summary>
    public void SendEnd(Http2Stream stream, Trailers? trailers)
    {
        _sender.SendEnd(stream, trailers);
        FinishLocal(stream);
    }

    /// <summary>Our half has been sent as a whole.</summary>
    protected void FinishLocal(Http2Stream stream)
    {
        stream.MarkLocalEnded();
        stream.Owner.OnSent();
        CloseIfEnded(stream);
    }

    public void CloseIfEnded(Http2Stream stream)
    {
        if (stream.IsOpen && stream is { IsLocalEnded: true, IsRemoteEnded: true })
        {
            Forget(stream);
        }
    }

    /// <summary>Ends a stream whose owner wants no more of it.</summary>
    public void Reset(Http2Stream stream, Http2Error error)
    {
        if (!stream.IsOpen || IsClosed)
        {
            return;
        }

        SendReset(stream.Id, error);
        Forget(stream);
    }

    /// <summary>Ends a stream because the peer broke the protocol on it; the owner hears of it.</summary>
    public void Refuse(Http2Stream stream, Http2Error error)
    {
        Counters.Add(Http2Counter.MessagingError);
        var age = Loop.Now - stream.OpenedAt;
        SendReset(stream.Id, error);
        if (stream.IsOpen)
        {
            Forget(stream);
            stream.Owner.OnReset(StreamEnd.Malformed, error);
            Calm(Guard.OnReset(age));
        }
    }

    /// <summary>Closes at once, without a word: every stream is over.</summary>
    public void Abort()
    {
        Transport.Abort();
        End(StreamEnd.Connection);
    }

    /// <summary>Ends the connection because the peer broke the protocol.</summary>
    public override void Fail(Http2Error error, ReadOnlySpan<byte> why)
    {
        if (IsClosed)
        {
            return;
        }

        Counters.Add(Http2Counter.ProtocolError);
        CloseWith(error, why);
    }

    /// <summary>Says goodbye and closes; streams that are open are over.</summary>
    protected void CloseWith(Http2Error error, ReadOnlySpan<byte> why)
    {
        if (IsClosed)
        {
            return;
        }

        SendGoAway(LastPeerStream, error, why);
        _sender.Flush();
        Transport.Close();
        End(StreamEnd.Connection);
    }

    protected void SendGoAway(int lastStream, Http2Error error, ReadOnlySpan<byte> why)
    {
        Counters.Add(Http2Counter.GoAwaySent);
        FrameWriter.GoAway(_sender.Output, lastStream, error, why);
        Touch();
    }

    /// <summary>Frames were written: they leave at the end of the turn.</summary>
    protected internal void Touch() => Loop.Defer(this);

    /// <summary>The highest stream of the peer that we have acted upon (for GOAWAY).</summary>
    protected abstract int LastPeerStream { get; }

    /// <summary>The peer has ended a stream.</summary>
    protected abstract void OnStreamReset(Http2Stream stream, Http2Error error);

    /// <summary>The peer's settings have changed.</summary>
    protected virtual void OnPeerSettings()
    {
    }

    /// <summary>The connection is over; the last stream was told.</summary>
    protected abstract void OnEnded();

    /// <summary>A stream is gone from the table.</summary>
    protected abstract void OnStreamGone();

    /// <summary>Sends our settings and opens the connection's window.</summary>
    protected void SendSettings(ReadOnlySpan<(SettingId Id, uint Value)> settings)
    {
        FrameWriter.Settings(_sender.Output, settings);
        if (Model.ConnectionWindow > DefaultWindow)
        {
            SendWindowUpdate(0, Model.ConnectionWindow - DefaultWindow);
            _granted = Model.ConnectionWindow;
        }

        Loop.Arm(_settingsTimer, SettingsTimeoutMilliseconds);
        Touch();
    }

    protected void SendReset(int id, Http2Error error)
    {
        Counters.Add(Http2Counter.ResetSent);
        Streams.RememberReset(id);
        FrameWriter.ResetStream(_sender.Output, id, error);
        Touch();
        Calm(Guard.OnAnswer(Transport.IsCongested));
    }

    protected Http2Stream Open(Http2Stream stream, int id)
    {
        stream.Open(this, id, _peer.InitialWindow, Model.StreamWindow);
        Streams.Add(stream);
        Guard.OnStream();
        return stream;
    }

    protected void Forget(Http2Stream stream)
    {
        if (!stream.IsOpen)
        {
            return;
        }

        Streams.Remove(stream.Id);
        _sender.RemoveBlocked(stream);
        ForgetData(stream);
        stream.Close();
        _closed.Add(stream);
        Loop.Defer(this);
        OnStreamGone();
    }

    protected override bool TakeFromWindow(int length)
    {
        _granted -= length;
        return _granted >= 0;
    }

    protected override Http2Stream? FindForData(in FrameHeader header)
    {
        var stream = Streams.Find(header.Stream);
        if (stream is { IsRemoteEnded: true })
        {
            Refuse(stream, Http2Error.StreamClosed);
            return null;
        }

        if (stream is null)
        {
            // Late frames of a stream that we have reset are no fault of the peer.
            if (!Streams.WasReset(header.Stream))
            {
                Counters.Add(Http2Counter.MessagingError);
                SendReset(header.Stream, Http2Error.StreamClosed);
                Calm(Guard.OnReset(0));
            }

            return null;
        }

        if (stream.TakeFromWindow(header.Length))
        {
            return stream;
        }

        Refuse(stream, Http2Error.FlowControl);
        return null;
    }

    protected override void OnSettingsAck() => Loop.Disarm(_settingsTimer);

    protected override void OnSettings(ReadOnlySpan<byte> payload)
    {
        var window = _peer.InitialWindow;
        var error = _peer.Take(payload);
        if (error != Http2Error.None)
        {
            Fail(error, "setting out of range"u8);
            return;
        }

        _sender.Take(_peer);
        FrameWriter.SettingsAck(_sender.Output);
        Touch();
        Calm(Guard.OnAnswer(Transport.IsCongested));
        if (_peer.InitialWindow != window)
        {
            ChangeWindows(_peer.InitialWindow - window);
        }

        if (!IsClosed)
        {
            OnPeerSettings();
        }
    }

    private void ChangeWindows(int difference)
    {
        foreach (var stream in Streams.All())
        {
            if (stream.IsOpen && !stream.GrowSendWindow(difference))
            {
                Fail(Http2Error.FlowControl, "window too large"u8);
                return;
            }
        }

        _sender.SendBlocked();
    }

    protected override void OnWindowUpdate(int stream, int increment)
    {
        if (stream == 0 && (increment == 0 || !_sender.GrowWindow(increment)))
        {
            Fail(increment == 0 ? Http2Error.Protocol : Http2Error.FlowControl, "malformed WINDOW_UPDATE"u8);
        }
        else if (stream == 0 || TakeStreamWindow(stream, increment))
        {
            _sender.SendBlocked();
        }
    }

    private bool TakeStreamWindow(int id, int increment)
    {
        if (IsIdle(id))
        {
            Fail(Http2Error.Protocol, "WINDOW_UPDATE on an idle stream"u8);
            return false;
        }

        if (Streams.Find(id) is not { } stream)
        {
            return true;
        }

        if (increment > 0 && stream.GrowSendWindow(increment))
        {
            return true;
        }

        Refuse(stream, increment == 0 ? Http2Error.Protocol : Http2Error.FlowControl);
        return false;
    }

    protected override void OnResetStream(int id, Http2Error error)
    {
        Counters.Add(Http2Counter.ResetReceived);
        if (Streams.Find(id) is { } stream)
        {
            Forget(stream);
            OnStreamReset(stream, error);
        }
    }

    protected override void OnPing(ReadOnlySpan<byte> opaque)
    {
        FrameWriter.Ping(_sender.Output, opaque, ack: true);
        Touch();
        Calm(Guard.OnAnswer(Transport.IsCongested));
    }

    protected override void OnPong(ReadOnlySpan<byte> opaque)
    {
    }

    /// <summary>A second header block of a message: its trailers.</summary>
    protected void ReadTrailers(Http2Stream stream, bool endsStream, ReadOnlySpan<byte> block)
    {
        var trailers = Services.Scratch.Trailers;
        var result = TrailerSection.Read(Decoder, block, Loop.Buffers, trailers);
        if (result == SectionResult.Undecodable)
        {
            Fail(Http2Error.Compression, "header block cannot be decoded"u8);
        }
        else if (stream.IsRemoteEnded)
        {
            Refuse(stream, Http2Error.StreamClosed);
        }
        else if (result != SectionResult.Complete || !endsStream)
        {
            Refuse(stream, Http2Error.Protocol);
        }
        else
        {
            Counters.Add(Http2Counter.Trailers);
            stream.ReceiveEnd(trailers.FieldCount > 0 ? trailers : null);
        }

        trailers.Clear();
    }

    /// <summary>Decodes a block that nobody wants.</summary>
    protected void Discard(ReadOnlySpan<byte> block)
    {
        if (!DiscardedSection.Read(Decoder, block))
        {
            Fail(Http2Error.Compression, "header block cannot be decoded"u8);
        }
    }

    private void End(StreamEnd end)
    {
        if (IsClosed)
        {
            return;
        }

        IsClosed = true;
        Loop.Disarm(_settingsTimer);
        EndReceiving();
        foreach (var stream in Streams.All())
        {
            if (stream.IsOpen)
            {
                Forget(stream);
                stream.Owner.OnReset(end, Http2Error.None);
            }
        }

        _sender.Drop();
        OnEnded();
    }
}
