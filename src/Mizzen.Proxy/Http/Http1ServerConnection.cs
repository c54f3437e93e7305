using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Http;

/// <summary>
/// The server side of HTTP/1.1 on one connection. Requests are served one after another; what is pipelined waits in the transport.
/// </summary>
internal sealed class Http1ServerConnection : ServerStream, IServerConnection
{
    private readonly ByteTransport _transport;
    private readonly HttpScratch _scratch;
    private readonly IServerConnectionOwner _owner;
    private readonly LoopTimer _timer;
    private ITransportHandler? _successor;
    private BodyReader _body;
    private Phase _phase;
    private int _scanned;
    private int _discarded;
    private bool _requestPaused;
    private bool _busy;
    private bool _served;
    private bool _responseHeadWritten;
    private bool _responseDone;
    private bool _close;
    private bool _http10;
    private bool _keepAlive10;
    private bool _toHead;
    private BodyFraming _responseFraming;

    public Http1ServerConnection(ByteTransport transport, HttpScratch scratch, IServerConnectionOwner owner)
    {
        _transport = transport;
        _scratch = scratch;
        _owner = owner;
        _timer = new LoopTimer(OnTimer);
        transport.Handler = this;
        ArmIdle();
    }

    private enum Phase
    {
        /// <summary>Between requests, or in the middle of a head.</summary>
        Head,

        Body,

        /// <summary>The request is complete, its response is not.</summary>
        Waiting,

        /// <summary>The response is complete, the request is not: its rest is read and dropped.</summary>
        Discarding,

        Tunnel,

        Closed,
    }

    public override bool IsCongested => _transport.IsCongested;

    public override bool IsRequestComplete => _phase != Phase.Tunnel ? _body.IsDone : _tunnelRequestEnded;

    private bool _tunnelRequestEnded;

    /// <summary>True while no request is being served.</summary>
    public bool IsIdle => _phase == Phase.Head && !_busy;

    /// <summary>Closes now if idle, else after the response that is being served.</summary>
    public void Drain()
    {
        _close = true;
        if (IsIdle && _scanned == 0)
        {
            CloseConnection();
        }
    }

    public void Abort()
    {
        _transport.Abort();
        OnClosed(TransportFault.None);
    }

    public void OnConnected()
    {
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
                case Phase.Discarding:
                    step = ReadBody(input);
                    break;
                case Phase.Tunnel when !_requestPaused:
                    Handler?.OnRequestData(input);
                    step = input.Length;
                    break;
                default:
                    step = HoldPipelined(input.Length);
                    break;
            }

            if (step < 0)
            {
                break;
            }

            used += step;
        }

        return _successor is { } successor ? used + successor.OnData(buffer, offset + used, count - used) : _phase == Phase.Closed ? count : used;
    }

    public void OnEndOfStream()
    {
        if (_phase == Phase.Tunnel)
        {
            _tunnelRequestEnded = true;
            Handler?.OnRequestEnd(null);
            FinishTunnel();
            return;
        }

        var handler = Handler;
        Handler = null;
        CloseConnection();
        handler?.OnClientGone();
    }

    public void OnCongested() => Handler?.OnResponseCongested();

    public void OnDrained() => Handler?.OnResponseDrained();

    public void OnClosed(TransportFault fault)
    {
        var handler = Handler;
        Handler = null;
        End();
        handler?.OnClientGone();
    }

    public override void WriteInformational(ResponseHead head)
    {
        if (_http10)
        {
            return;
        }

        MessageWriter.WriteStatusLine(_transport, head);
        MessageWriter.WriteFields(_transport, head);
        _transport.Write("\r\n"u8);
    }

    public override void WriteHead(ResponseHead head, bool endOfResponse, bool local = false)
    {
        _responseHeadWritten = true;
        _close |= _owner.IsDraining || (local && !IsRequestComplete && !CanDiscard);
        var hasBody = !_toHead && !head.IsBodiless && head.Status != 101;
        _responseFraming = !hasBody ? BodyFraming.None
            : head.HasDeclaredLength ? BodyFraming.Length
            : _http10 ? BodyFraming.UntilClose : BodyFraming.Chunked;
        _close |= _responseFraming == BodyFraming.UntilClose;
        MessageWriter.WriteStatusLine(_transport, head);
        MessageWriter.WriteFields(_transport, head);
        if (_responseFraming == BodyFraming.Chunked)
        {
            _transport.Write("transfer-encoding: chunked\r\n"u8);
        }

        if (head.Status == 101)
        {
            _transport.Write("connection: upgrade\r\n\r\n"u8);
        }
        else if (_close)
        {
            _transport.Write("connection: close\r\n\r\n"u8);
        }
        else if (_keepAlive10)
        {
            _transport.Write("connection: keep-alive\r\n\r\n"u8);
        }
        else
        {
            _transport.Write("\r\n"u8);
        }

        if (endOfResponse)
        {
            WriteEnd(null);
        }
    }

    public override void WriteData(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty || _phase == Phase.Closed || (_responseFraming == BodyFraming.None && _phase != Phase.Tunnel))
        {
            return;
        }

        if (_responseFraming == BodyFraming.Chunked)
        {
            MessageWriter.WriteChunk(_transport, data);
        }
        else
        {
            _transport.Write(data);
        }
    }

    public override void WriteEnd(Trailers? trailers)
    {
        _responseDone = true;
        if (_phase == Phase.Closed)
        {
            return;
        }

        if (_phase == Phase.Tunnel)
        {
            _transport.ShutdownSend();
            FinishTunnel();
            return;
        }

        if (_responseFraming == BodyFraming.Chunked)
        {
            MessageWriter.WriteLastChunk(_transport, trailers);
        }

        Handler = null;
        if (_body.IsDone)
        {
            FinishMessage();
        }
        else if (CanDiscard && !_close)
        {
            _phase = Phase.Discarding;
            _discarded = 0;
            _requestPaused = false;
            _transport.ResumeReading();
        }
        else
        {
            CloseConnection();
        }
    }

    public override void PauseRequest()
    {
        _requestPaused = true;
        if (!_body.IsDone || _phase == Phase.Tunnel)
        {
            _transport.PauseReading();
        }
    }

    public override void ResumeRequest()
    {
        if (_requestPaused)
        {
            _requestPaused = false;
            _transport.ResumeReading();
        }
    }

    public override void StartTunnel()
    {
        _phase = Phase.Tunnel;
        _responseFraming = BodyFraming.UntilClose;
        _tunnelRequestEnded = false;
        _transport.ResumeReading();
    }

    public override void Reset()
    {
        if (_phase == Phase.Closed)
        {
            return;
        }

        Handler = null;
        End();

        // A chunked or counted response ends too early for the client to mistake it for a whole one; one that lasts until the
        // connection closes can only be broken by a reset.
        _transport.Abort(reset: _responseHeadWritten && _responseFraming == BodyFraming.UntilClose);
    }

    /// <summary>The unread rest of the request is short enough to read it for the sake of the connection.</summary>
    private bool CanDiscard => _body.Remaining <= HttpLimits.DiscardedBodyBytes && !_expectsContinue;

    private bool _expectsContinue;

    private int ReadHead(ReadOnlySpan<byte> input)
    {
        if (_scanned == 0)
        {
            // RFC 9112 section 2.2: an empty line before a request is to be ignored. Half of one is not the beginning of a head yet.
            if (input[0] == '\r' && (input.Length == 1 || input[1] == '\n'))
            {
                return input.Length == 1 ? -1 : 2;
            }

            _transport.Loop.Arm(_timer, _owner.HeadTimeout);
        }

        ref var head = ref _scratch.Request;
        var error = head.Read(_transport.Loop.Buffers, input, ref _scanned, out var length);
        if (error == HeadError.Incomplete)
        {
            return -1;
        }

        if (error != HeadError.None)
        {
            head.Clear();
            return error == HeadError.VersionNotSupported && TryHandOver(input) ? -1 : Refuse(error);
        }

        _transport.Loop.Disarm(_timer);
        _busy = true;
        _served = true;
        _http10 = head.Version == 10;
        _keepAlive10 = _http10 && !head.WantsClose;
        _close |= head.WantsClose;
        _toHead = head.IsHead;
        _expectsContinue = head.ExpectsContinue;
        _responseDone = false;
        _responseHeadWritten = false;
        _responseFraming = BodyFraming.None;
        _body.Start(head.Framing, head.ContentLength);
        _phase = _body.IsDone ? Phase.Waiting : Phase.Body;
        _owner.OnRequest(this, ref head, _body.IsDone);
        return length;
    }

    private int ReadBody(ReadOnlySpan<byte> input)
    {
        if (_requestPaused)
        {
            return -1;
        }

        var part = _body.Next(input, out var used, out var content);
        switch (part)
        {
            case BodyPart.NeedMore:
                return used == 0 ? -1 : used;
            case BodyPart.Malformed:
                RefuseBody();
                return -1;
            case BodyPart.Trailers:
                var trailers = _scratch.Trailers;
                if (trailers.Read(_transport.Loop.Buffers, input[content]) != HeadError.None)
                {
                    trailers.Clear();
                    RefuseBody();
                    return -1;
                }

                EndRequest(trailers);
                trailers.Clear();
                return used;
            case BodyPart.End:
                EndRequest(null);
                return used;
            default:
                TakeData(input[content]);
                return used;
        }
    }

    private void TakeData(ReadOnlySpan<byte> data)
    {
        if (_phase == Phase.Discarding)
        {
            _discarded += data.Length;
            if (_discarded > HttpLimits.DiscardedBodyBytes)
            {
                CloseConnection();
                return;
            }
        }
        else
        {
            Handler?.OnRequestData(data);
        }

        if (_body.IsDone && _phase != Phase.Closed)
        {
            EndRequest(null);
        }
    }

    private void EndRequest(Trailers? trailers)
    {
        if (_phase == Phase.Discarding)
        {
            FinishMessage();
        }
        else if (_phase == Phase.Body)
        {
            _phase = Phase.Waiting;
            Handler?.OnRequestEnd(trailers);
        }
    }

    private int HoldPipelined(int length)
    {
        // The next request waits in the transport. Reading goes on so that a client that leaves is noticed, up to a limit.
        if (length >= BufferPool.Largest / 2)
        {
            _transport.PauseReading();
        }

        return -1;
    }

    private void FinishMessage()
    {
        if (_close)
        {
            CloseConnection();
            return;
        }

        _busy = false;
        _phase = Phase.Head;
        _requestPaused = false;
        _scanned = 0;
        ArmIdle();
        _transport.ResumeReading();
        _transport.RedeliverPending();
    }

    private void FinishTunnel()
    {
        if (_tunnelRequestEnded && _responseDone)
        {
            Handler = null;
            CloseConnection();
        }
    }

    /// <summary>
    /// Nothing but the preface of HTTP/2 begins like this, so looking at what cannot be read anyway costs requests of HTTP/1.1 nothing.
    /// </summary>
    private bool TryHandOver(ReadOnlySpan<byte> input)
    {
        if (_served || !input.StartsWith("PRI * HTTP/2.0\r\n\r\n"u8) || _owner.OnHttp2Preface() is not { } successor)
        {
            return false;
        }

        _successor = successor;
        _phase = Phase.Closed;
        _transport.Loop.Disarm(_timer);
        return true;
    }

    private int Refuse(HeadError error)
    {
        var status = error switch
        {
            HeadError.TargetTooLong => 414,
            HeadError.TooLarge => 431,
            HeadError.NotImplemented => 501,
            HeadError.VersionNotSupported => 505,
            _ => 400,
        };
        WriteRefusal(status);
        _owner.OnRefused(status, "http1.codec_error");
        CloseConnection();
        return -1;
    }

    private void RefuseBody()
    {
        var handler = Handler;
        Handler = null;
        if (handler is not null && !_responseHeadWritten)
        {
            WriteRefusal(400);
        }

        handler?.OnRequestMalformed();
        CloseConnection();
    }

    private void WriteRefusal(int status)
    {
        _close = true;
        _toHead = false;
        _http10 = false;
        var reply = _scratch.LocalReply;
        reply.Compose(_transport.Loop.Buffers, status, BodyFraming.None, 0);
        _body.Start(BodyFraming.None, 0);
        WriteHead(reply, endOfResponse: false);
        reply.Clear();
    }

    private void ArmIdle()
    {
        if (_owner.IdleTimeout > 0)
        {
            _transport.Loop.Arm(_timer, _owner.IdleTimeout);
        }
        else
        {
            _transport.Loop.Disarm(_timer);
        }
    }

    private void OnTimer()
    {
        if (_phase != Phase.Head)
        {
            return;
        }

        if (_scanned > 0)
        {
            WriteRefusal(408);
            _owner.OnRefused(408, "request_header_timeout");
        }

        CloseConnection();
    }

    private void CloseConnection()
    {
        if (_phase != Phase.Closed)
        {
            End();
            _transport.Close();
        }
    }

    private void End()
    {
        _phase = Phase.Closed;
        _transport.Loop.Disarm(_timer);
        _owner.OnConnectionClosed();
    }
}
