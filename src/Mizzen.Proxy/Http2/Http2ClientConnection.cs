using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Http2;

/// <summary>The client side of HTTP/2 on one connection.</summary>
internal sealed class Http2ClientConnection : Http2Connection
{
    /// <summary>Streams that we open before the server has said how many it takes (RFC 9113 section 6.5.2 recommends to allow no fewer).</summary>
    private const int StreamsBeforeSettings = 100;

    private readonly IHttp2ConnectionOwner _owner;
    private readonly LoopTimer _idle;
    private readonly LoopTimer _keepalive;
    private readonly long _idleMilliseconds;
    private readonly int _mostRequests;
    private bool _connected;
    private bool _settingsSeen;
    private bool _retired;
    private bool _awaitsPong;
    private int _next = 1;
    private UpstreamFault _fault = UpstreamFault.Reset;

    public Http2ClientConnection(ByteTransport transport, Http2Services services, ClusterModel cluster, IHttp2ConnectionOwner owner)
        : base(transport, services, cluster.Http2, services.Upstream)
    {
        _owner = owner;
        _idle = new LoopTimer(Retire);
        _keepalive = new LoopTimer(OnKeepalive);
        _idleMilliseconds = cluster.IdleTimeout;
        _mostRequests = cluster.MaxRequestsPerConnection;
    }

    /// <summary>Requests sent on this connection.</summary>
    public int RequestCount { get; private set; }

    /// <summary>Another stream can be opened now.</summary>
    public bool HasCapacity => _connected && !_retired && ActiveStreams < MostStreams;

    /// <summary>Position in the owner's list.</summary>
    public int Place { get; set; } = -1;

    /// <summary>When it was connected, in milliseconds of the loop.</summary>
    public long ConnectedAt { get; set; }

    protected override int LastPeerStream => 0;

    private int MostStreams => (int)Math.Min(_settingsSeen ? Peer.MaxConcurrentStreams : StreamsBeforeSettings, (uint)Model.MaxConcurrentStreams);

    /// <summary>A stream for one request; <see cref="HasCapacity"/> must hold.</summary>
    public Http2ClientStream OpenStream()
    {
        Loop.Disarm(_idle);
        RequestCount++;
        var stream = Services.RentClientStream();
        stream.Begin(this, _next, isReused: RequestCount > 1);
        LastStream = _next;
        _next += 2;
        if (_next < 0 || (_mostRequests > 0 && RequestCount >= _mostRequests))
        {
            StopOpening();
        }

        return stream;
    }

    public void Register(Http2Stream stream, int id) => Open(stream, id);

    public void Return(Http2ClientStream stream) => Services.Return(stream);

    public void SendRequest(Http2Stream stream, RequestHead head, bool endOfRequest)
    {
        Sender.SendRequest(stream, head, head.WantsUpgrade, endOfRequest && !head.WantsUpgrade);
        if (endOfRequest && !head.WantsUpgrade)
        {
            FinishLocal(stream);
        }
    }

    /// <summary>Takes no more requests and closes when the last is answered.</summary>
    public void Retire()
    {
        StopOpening();
        CloseIfDone();
    }

    public override void OnConnected()
    {
        _connected = true;
        Sender.Output.Append(Http2ServerConnection.Preface);
        SendSettings(
        [
            (SettingId.HeaderTableSize, (uint)Model.HeaderTableSize),
            (SettingId.EnablePush, 0),
            (SettingId.InitialWindowSize, (uint)Model.StreamWindow),
            (SettingId.MaxHeaderListSize, HttpLimits.HeadBytes),
        ]);
        ArmKeepalive();
        ArmIdle();
        _owner.OnConnected(this);
    }

    public override void OnClosed(TransportFault fault)
    {
        _fault = fault switch
        {
            TransportFault.ConnectFailed or TransportFault.TlsFailed => UpstreamFault.ConnectFailed,
            TransportFault.ConnectTimeout => UpstreamFault.ConnectTimeout,
            _ => UpstreamFault.Reset,
        };
        base.OnClosed(fault);
    }

    protected override bool IsIdle(int id) => (id & 1) == 0 || id >= _next;

    protected override void OnHeaders(int id, bool endsStream, ReadOnlySpan<byte> block)
    {
        if (Streams.Find(id) is { } stream)
        {
            ((Http2ClientStream)stream.Owner).OnHeaders(endsStream, block);
        }
        else if (IsIdle(id))
        {
            Fail(Http2Error.Protocol, "HEADERS on an idle stream"u8);
        }
        else
        {
            Discard(block);
        }
    }

    /// <summary>A header block of a stream whose response has not begun.</summary>
    public void ReadResponse(Http2Stream stream, Http2ClientStream owner, bool endsStream, bool toHead, ReadOnlySpan<byte> block)
    {
        var head = Services.Scratch.Response;
        switch (ResponseSection.Read(Decoder, block, Loop.Buffers, head, endsStream, toHead))
        {
            case SectionResult.Complete:
                owner.OnResponse(head, endsStream);
                head.Clear();
                break;
            case SectionResult.Undecodable:
                Fail(Http2Error.Compression, "header block cannot be decoded"u8);
                break;
            case SectionResult.TooLarge:
                Counters.Add(Http2Counter.HeaderOverflow);
                Refuse(stream, Http2Error.Protocol);
                break;
            default:
                Refuse(stream, Http2Error.Protocol);
                break;
        }
    }

    /// <inheritdoc cref="Http2Connection.ReadTrailers"/>
    public void ReadEnd(Http2Stream stream, bool endsStream, ReadOnlySpan<byte> block) => ReadTrailers(stream, endsStream, block);

    protected override void OnStreamReset(Http2Stream stream, Http2Error error)
    {
        var isRefused = error == Http2Error.RefusedStream;
        if (isRefused)
        {
            Counters.Add(Http2Counter.StreamRefused);
        }

        stream.Owner.OnReset(isRefused ? StreamEnd.Unprocessed : StreamEnd.Remote, error);
    }

    protected override void OnGoAway(int lastStream, Http2Error error)
    {
        StopOpening();
        foreach (var stream in Streams.All())
        {
            if (stream.IsOpen && stream.Id > lastStream)
            {
                Forget(stream);
                stream.Owner.OnReset(StreamEnd.Unprocessed, error);
            }
        }

        CloseIfDone();
    }

    protected override void OnPeerSettings()
    {
        _settingsSeen = true;
        if (HasCapacity)
        {
            _owner.OnCapacity(this);
        }
    }

    protected override void OnPong(ReadOnlySpan<byte> opaque)
    {
        if (_awaitsPong)
        {
            _awaitsPong = false;
            ArmKeepalive();
        }
    }

    protected override void OnStreamGone()
    {
        if (IsClosed)
        {
            return;
        }

        if (_retired)
        {
            CloseIfDone();
            return;
        }

        if (ActiveStreams == 0)
        {
            ArmIdle();
        }

        if (HasCapacity)
        {
            _owner.OnCapacity(this);
        }
    }

    protected override void OnEnded()
    {
        _retired = true;
        Loop.Disarm(_idle);
        Loop.Disarm(_keepalive);
        _owner.OnGone(this, _fault);
    }

    private void StopOpening()
    {
        if (!_retired)
        {
            _retired = true;
            _owner.OnRetired(this);
        }
    }

    private void CloseIfDone()
    {
        if (ActiveStreams == 0)
        {
            CloseWith(Http2Error.None, default);
        }
    }

    private void ArmIdle()
    {
        if (_idleMilliseconds > 0)
        {
            Loop.Arm(_idle, _idleMilliseconds);
        }
    }

    private void ArmKeepalive()
    {
        if (Model.KeepaliveInterval > 0)
        {
            Loop.Arm(_keepalive, Model.KeepaliveInterval);
        }
    }

    private void OnKeepalive()
    {
        if (_awaitsPong)
        {
            Counters.Add(Http2Counter.KeepaliveTimeout);
            CloseWith(Http2Error.None, "no answer to a ping"u8);
            return;
        }

        _awaitsPong = true;
        FrameWriter.Ping(Sender.Output, "keepaliv"u8, ack: false);
        Touch();
        Loop.Arm(_keepalive, Model.KeepaliveTimeout);
    }
}
