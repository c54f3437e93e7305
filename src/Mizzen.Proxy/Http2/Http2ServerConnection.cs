using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Http2;

/// <summary>The server side of HTTP/2 on one connection.</summary>
internal sealed class Http2ServerConnection : Http2Connection, IServerConnection
{
    private const string MessagingDetails = "http2.violation.of.messaging.rule";

    /// <summary>Between the announcement that we leave and the moment from which new streams are refused: requests are still on their way.</summary>
    private const int DrainMilliseconds = 1000;

    /// <summary>How long a complete response may wait for a client that takes nothing of it.</summary>
    private const int FlushMilliseconds = 60_000;

    private readonly IServerConnectionOwner _owner;
    private readonly LoopTimer _idle;
    private readonly LoopTimer _drain;
    private readonly LoopTimer _flush;
    private bool _prefaceSeen;
    private bool _draining;
    private bool _refusing;
    private int _highest;

    public Http2ServerConnection(ByteTransport transport, Http2Services services, Http2Model model, IServerConnectionOwner owner)
        : base(transport, services, model, services.Downstream)
    {
        _owner = owner;
        _idle = new LoopTimer(OnIdle);
        _drain = new LoopTimer(OnDrainOver);
        _flush = new LoopTimer(OnFlushDue);
        SendSettings(
        [
            (SettingId.HeaderTableSize, (uint)model.HeaderTableSize),
            (SettingId.MaxConcurrentStreams, (uint)model.MaxConcurrentStreams),
            (SettingId.InitialWindowSize, (uint)model.StreamWindow),
            (SettingId.MaxHeaderListSize, HttpLimits.HeadBytes),
            (SettingId.EnableConnectProtocol, model.AllowConnect ? 1u : 0u),
        ]);
        ArmIdle();
    }

    /// <summary>What a client sends first (RFC 9113 section 3.4).</summary>
    public static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    protected override int LastPeerStream => LastStream;

    public override void OnConnected()
    {
    }

    public override int OnData(byte[] buffer, int offset, int count)
    {
        if (_prefaceSeen)
        {
            return base.OnData(buffer, offset, count);
        }

        var input = buffer.AsSpan(offset, count);
        var length = Math.Min(count, Preface.Length);
        if (!input[..length].SequenceEqual(Preface[..length]))
        {
            Fail(Http2Error.Protocol, "not HTTP/2"u8);
            return count;
        }

        if (count < Preface.Length)
        {
            return 0;
        }

        _prefaceSeen = true;
        return length + base.OnData(buffer, offset + length, count - length);
    }

    public void Drain()
    {
        if (IsClosed || _draining)
        {
            return;
        }

        _draining = true;
        if (ActiveStreams == 0)
        {
            CloseWith(Http2Error.None, default);
            return;
        }

        SendGoAway(int.MaxValue, Http2Error.None, default);
        Loop.Arm(_drain, DrainMilliseconds);
    }

    protected override bool IsIdle(int id) => (id & 1) == 0 || id > _highest;

    protected override void OnHeaders(int id, bool endsStream, ReadOnlySpan<byte> block)
    {
        if (Streams.Find(id) is { } stream)
        {
            ReadTrailers(stream, endsStream, block);
        }
        else if ((id & 1) == 0)
        {
            Fail(Http2Error.Protocol, "a client's streams have odd numbers"u8);
        }
        else if (id > _highest)
        {
            _highest = id;
            OnNewStream(id, endsStream, block);
        }
        else if (Streams.WasReset(id))
        {
            Discard(block);
        }
        else
        {
            Fail(Http2Error.StreamClosed, "HEADERS on a closed stream"u8);
        }
    }

    protected override void OnStreamReset(Http2Stream stream, Http2Error error)
    {
        var age = Loop.Now - stream.OpenedAt;
        stream.Owner.OnReset(StreamEnd.Remote, error);
        Calm(Guard.OnReset(age));
    }

    protected override void OnGoAway(int lastStream, Http2Error error)
    {
        // The client opens no more streams; what it has asked for is still answered.
        if (ActiveStreams == 0)
        {
            CloseWith(Http2Error.None, default);
        }
    }

    protected override void OnStreamGone()
    {
        if (IsClosed || ActiveStreams > 0)
        {
            return;
        }

        Loop.Disarm(_flush);
        if (_draining)
        {
            CloseWith(Http2Error.None, default);
        }
        else
        {
            ArmIdle();
        }
    }

    protected override void OnEnded()
    {
        Loop.Disarm(_idle);
        Loop.Disarm(_drain);
        Loop.Disarm(_flush);
        _owner.OnConnectionClosed();
    }

    /// <summary>A stream's exchange is over, but not all of the response has left: from now on the client must take some of it.</summary>
    public void WatchFlush()
    {
        if (!_flush.IsArmed)
        {
            Loop.Arm(_flush, FlushMilliseconds);
        }
    }

    public void SendResponse(Http2Stream stream, int status, ResponseHead head, bool endOfResponse)
    {
        Sender.SendResponse(stream.Id, status, head, endOfResponse);
        if (endOfResponse)
        {
            FinishLocal(stream);
        }
    }

    public void OpenStream(Http2Stream stream, int id) => Open(stream, id);

    public void Return(Http2ServerStream stream) => Services.Return(stream);

    private void OnNewStream(int id, bool endsStream, ReadOnlySpan<byte> block)
    {
        if (_refusing)
        {
            Discard(block);
            return;
        }

        if (ActiveStreams >= Model.MaxConcurrentStreams)
        {
            Counters.Add(Http2Counter.StreamRefused);
            Discard(block);
            Turn(id, Http2Error.RefusedStream);
            return;
        }

        ref var head = ref Services.Scratch.Request;
        var result = RequestSection.Read(Decoder, block, Loop.Buffers, head, endsStream, Model.AllowConnect);
        LastStream = result == SectionResult.Undecodable ? LastStream : id;
        switch (result)
        {
            case SectionResult.Complete:
                Serve(id, endsStream, ref head);
                break;
            case SectionResult.Undecodable:
                Fail(Http2Error.Compression, "header block cannot be decoded"u8);
                break;
            case SectionResult.TooLarge:
                Counters.Add(Http2Counter.HeaderOverflow);
                Answer(id, 431, endsStream);
                break;
            case SectionResult.NotImplemented:
                Answer(id, 501, endsStream);
                break;
            default:
                Counters.Add(Http2Counter.MessagingError);
                _owner.OnRefused(400, MessagingDetails);
                Turn(id, Http2Error.Protocol);
                break;
        }
    }

    private void Serve(int id, bool endsStream, ref RequestHead head)
    {
        Loop.Disarm(_idle);
        if (head.WantsUpgrade)
        {
            WebSocketKey.Make(head);
        }

        var stream = Services.RentServerStream();
        stream.Begin(this, id, head, endsStream);
        _owner.OnRequest(stream, ref head, endsStream || head.WantsUpgrade);
        if (_owner.IsDraining)
        {
            Drain();
        }
    }

    /// <summary>Refuses a stream that was never opened.</summary>
    private void Turn(int id, Http2Error error)
    {
        Guard.OnStream();
        SendReset(id, error);
        Calm(Guard.OnReset(0));
    }

    private void Answer(int id, int status, bool endsStream)
    {
        _owner.OnRefused(status, MessagingDetails);
        var reply = Services.Scratch.LocalReply;
        reply.Compose(Loop.Buffers, status, BodyFraming.None, 0);
        Sender.SendResponse(id, status, reply, endOfResponse: true);
        reply.Clear();
        if (!endsStream)
        {
            Turn(id, Http2Error.None);
        }
    }

    private void ArmIdle()
    {
        if (_owner.IdleTimeout > 0)
        {
            Loop.Arm(_idle, _owner.IdleTimeout);
        }
    }

    private void OnIdle()
    {
        if (ActiveStreams == 0)
        {
            CloseWith(Http2Error.None, default);
        }
    }

    private void OnDrainOver()
    {
        _refusing = true;
        SendGoAway(LastStream, Http2Error.None, default);
    }

    private void OnFlushDue()
    {
        foreach (var stream in Streams.All())
        {
            if (stream.IsOpen && ((Http2ServerStream)stream.Owner).IsStuck())
            {
                Counters.Add(Http2Counter.FlushTimeout);
                Reset(stream, Http2Error.Cancel);
            }
        }

        if (!IsClosed && ActiveStreams > 0)
        {
            Loop.Arm(_flush, FlushMilliseconds);
        }
    }
}
