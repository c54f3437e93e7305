using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Http;

/// <summary>The client side of HTTP/1.1 on one connection: one request at a time, its response read strictly.</summary>
internal sealed class Http1ClientConnection : ClientStream, ITransportHandler
{
    private readonly ByteTransport _transport;
    private readonly HttpScratch _scratch;
    private readonly IClientConnectionOwner _owner;
    private readonly LoopTimer _idle;
    private IResponseHandler? _handler;
    private BodyReader _body;
    private Phase _phase;
    private BodyFraming _requestFraming;
    private int _scanned;
    private bool _toHead;
    private bool _wantsUpgrade;
    private bool _requestDone;
    private long _requestLeft;
    private bool _responseDone;
    private bool _received;
    private bool _responsePaused;
    private bool _close;

    public Http1ClientConnection(ByteTransport transport, HttpScratch scratch, IClientConnectionOwner owner)
    {
        _transport = transport;
        _scratch = scratch;
        _owner = owner;
        _idle = new LoopTimer(Retire);
        transport.Handler = this;
    }

    private enum Phase
    {
        Connecting,
        Idle,
        Head,
        Body,
        Tunnel,
        Closed,
    }

    /// <summary>Requests sent on this connection.</summary>
    public int RequestCount { get; private set; }

    /// <summary>Next in the owner's list.</summary>
    public Http1ClientConnection? NextIdle { get; set; }

    /// <summary>When it was connected, in milliseconds of the loop.</summary>
    public long ConnectedAt { get; set; }

    public override ByteTransport Transport => _transport;

    public override bool IsReused => RequestCount > 0;

    public override bool IsCongested => _transport.IsCongested;

    public override void Send(RequestHead head, IResponseHandler handler, bool endOfRequest)
    {
        _handler = handler;
        _phase = Phase.Head;
        _toHead = head.IsHead;
        _wantsUpgrade = head.WantsUpgrade;
        _requestFraming = head.Framing;
        _requestDone = false;
        _requestLeft = head.ContentLength;
        _responseDone = false;
        _received = false;
        _responsePaused = false;
        _scanned = 0;
        RequestCount++;
        _transport.Loop.Disarm(_idle);
        _transport.Write(head.Method);
        _transport.Write(" "u8);
        _transport.Write(head.Path);
        if (head.Find(KnownHeader.Host) >= 0)
        {
            _transport.Write(" HTTP/1.1\r\n"u8);
        }
        else
        {
            _transport.Write(" HTTP/1.1\r\nhost: "u8);
            _transport.Write(head.Authority);
            _transport.Write("\r\n"u8);
        }

        MessageWriter.WriteFields(_transport, head);
        _transport.Write(
            head.WantsUpgrade ? "connection: upgrade\r\n\r\n"u8
            : _requestFraming == BodyFraming.Chunked ? "transfer-encoding: chunked\r\n\r\n"u8
            : "\r\n"u8);
        if (endOfRequest && !_wantsUpgrade)
        {
            _requestDone = true;
        }
    }

    public override void WriteData(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return;
        }

        if (_requestFraming == BodyFraming.Chunked && _phase != Phase.Tunnel)
        {
            MessageWriter.WriteChunk(_transport, data);
        }
        else
        {
            // A body of known length is complete with its last byte; whoever sends it may take some time to say so (HTTP/2).
            _requestLeft -= data.Length;
            _requestDone |= _requestLeft == 0 && _requestFraming == BodyFraming.Length;
            _transport.Write(data);
        }
    }

    public override void WriteEnd(Trailers? trailers)
    {
        _requestDone = true;
        if (_phase == Phase.Tunnel)
        {
            _transport.ShutdownSend();
            FinishIfComplete();
            return;
        }

        if (_requestFraming == BodyFraming.Chunked)
        {
            MessageWriter.WriteLastChunk(_transport, trailers);
        }

        FinishIfComplete();
    }

    public override void PauseResponse()
    {
        _responsePaused = true;
        _transport.PauseReading();
    }

    public override void ResumeResponse()
    {
        if (_responsePaused)
        {
            _responsePaused = false;
            _transport.ResumeReading();
        }
    }

    /// <summary>Drops the exchange and with it the connection; the handler hears nothing more.</summary>
    public override void Cancel()
    {
        _handler = null;
        End(UpstreamFault.None);
    }

    /// <summary>Waits for use for at most <paramref name="milliseconds"/> (0 for ever).</summary>
    public void Rest(long milliseconds)
    {
        if (milliseconds > 0)
        {
            _transport.Loop.Arm(_idle, milliseconds);
        }
    }

    /// <summary>Closes an idle connection.</summary>
    public void Retire() => End(UpstreamFault.None);

    public void OnConnected()
    {
        _phase = Phase.Idle;
        _owner.OnConnected(this);
    }

    public int OnData(byte[] buffer, int offset, int count)
    {
        var used = 0;
        while (used < count && _phase != Phase.Closed)
        {
            var input = buffer.AsSpan(offset + used, count - used);
            int step;
            switch (_phase)
            {
                case Phase.Head:
                    step = ReadHead(input);
                    break;
                case Phase.Body:
                    step = ReadBody(input);
                    break;
                case Phase.Tunnel when !_responsePaused:
                    _handler?.OnResponseData(input);
                    step = input.Length;
                    break;
                case Phase.Tunnel:
                    step = -1;
                    break;
                default:
                    // Bytes that nobody asked for: what follows on this connection cannot be trusted.
                    End(UpstreamFault.None);
                    step = -1;
                    break;
            }

            if (step < 0)
            {
                break;
            }

            used += step;
        }

        return _phase == Phase.Closed ? count : used;
    }

    public void OnEndOfStream()
    {
        if (_phase == Phase.Tunnel)
        {
            _responseDone = true;
            _handler?.OnResponseEnd(null);
            FinishIfComplete();
        }
        else if (_phase == Phase.Body && _responseFramingUntilClose)
        {
            _close = true;
            EndResponse(null);
        }
        else
        {
            Fail(UpstreamFault.Reset);
        }
    }

    public void OnCongested() => _handler?.OnRequestCongested();

    public void OnDrained() => _handler?.OnRequestDrained();

    public void OnClosed(TransportFault fault) => Fail(fault switch
    {
        TransportFault.ConnectFailed or TransportFault.TlsFailed => UpstreamFault.ConnectFailed,
        TransportFault.ConnectTimeout => UpstreamFault.ConnectTimeout,
        _ => UpstreamFault.Reset,
    });

    private bool _responseFramingUntilClose;

    private int ReadHead(ReadOnlySpan<byte> input)
    {
        _received = true;
        var head = _scratch.Response;
        var error = head.Read(_transport.Loop.Buffers, input, _toHead, ref _scanned, out var length);
        if (error == HeadError.Incomplete)
        {
            return -1;
        }

        if (error != HeadError.None || (head.Status == 101 && !_wantsUpgrade))
        {
            head.Clear();
            Fail(UpstreamFault.Protocol);
            return -1;
        }

        if (head.IsInformational && head.Status != 101)
        {
            _handler?.OnInformational(head);
            head.Clear();
            return length;
        }

        StartBody(head);
        _handler?.OnResponse(head, _body.IsDone && _phase == Phase.Body);
        head.Clear();
        if (_phase == Phase.Body && _body.IsDone)
        {
            _responseDone = true;
            FinishIfComplete();
        }

        return length;
    }

    private void StartBody(ResponseHead head)
    {
        if (head.Status == 101)
        {
            _phase = Phase.Tunnel;
            _close = true;
            return;
        }

        // A refused upgrade leaves an ordinary exchange whose request is complete.
        _requestDone |= _wantsUpgrade;
        _close |= head.WantsClose;
        _responseFramingUntilClose = head.Framing == BodyFraming.UntilClose;
        _body.Start(head.Framing, head.ContentLength);
        _phase = Phase.Body;
    }

    private int ReadBody(ReadOnlySpan<byte> input)
    {
        if (_responsePaused)
        {
            return -1;
        }

        var part = _body.Next(input, out var used, out var content);
        switch (part)
        {
            case BodyPart.NeedMore:
                return used == 0 ? -1 : used;
            case BodyPart.Malformed:
                Fail(UpstreamFault.Protocol);
                return -1;
            case BodyPart.Trailers:
                var trailers = _scratch.Trailers;
                if (trailers.Read(_transport.Loop.Buffers, input[content]) != HeadError.None)
                {
                    trailers.Clear();
                    Fail(UpstreamFault.Protocol);
                    return -1;
                }

                EndResponse(trailers);
                trailers.Clear();
                return used;
            case BodyPart.End:
                EndResponse(null);
                return used;
            default:
                _handler?.OnResponseData(input[content]);
                if (_body.IsDone && _phase == Phase.Body)
                {
                    EndResponse(null);
                }

                return used;
        }
    }

    private void EndResponse(Trailers? trailers)
    {
        _responseDone = true;
        _handler?.OnResponseEnd(trailers);
        FinishIfComplete();
    }

    private void FinishIfComplete()
    {
        if (!_responseDone || _phase is Phase.Closed or Phase.Idle)
        {
            return;
        }

        if (_phase == Phase.Tunnel)
        {
            if (_requestDone)
            {
                _handler = null;
                End(UpstreamFault.None);
            }

            return;
        }

        _handler = null;
        if (_close || !_requestDone)
        {
            End(UpstreamFault.None);
            return;
        }

        _phase = Phase.Idle;
        _owner.OnReusable(this);
    }

    private void Fail(UpstreamFault fault)
    {
        var handler = _handler;
        var received = _received;
        _handler = null;
        End(fault);
        handler?.OnUpstreamGone(fault, received);
    }

    private void End(UpstreamFault fault)
    {
        if (_phase == Phase.Closed)
        {
            return;
        }

        _phase = Phase.Closed;
        _transport.Loop.Disarm(_idle);
        _transport.Abort();
        _owner.OnGone(this, fault);
    }
}
