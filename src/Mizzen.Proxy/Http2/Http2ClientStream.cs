using Mizzen.Proxy.Http;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Http2;

/// <summary>One request to an HTTP/2 server and its response.</summary>
internal sealed class Http2ClientStream : ClientStream, IHttp2StreamOwner
{
    private readonly Http2Stream _stream;
    private Http2ClientConnection? _connection;
    private IResponseHandler? _handler;
    private WebSocketKey _key;
    private bool _toHead;
    private bool _wantsTunnel;
    private bool _received;
    private bool _hasResponse;
    private bool _isReused;

    public Http2ClientStream() => _stream = new Http2Stream(this);

    public override ByteTransport Transport => _connection!.Transport;

    public override bool IsReused => _isReused;

    public override bool IsCongested => _stream.IsCongested;

    public void Begin(Http2ClientConnection connection, int id, bool isReused)
    {
        _connection = connection;
        _isReused = isReused;
        _received = false;
        _hasResponse = false;
        _handler = null;
        connection.Register(_stream, id);
    }

    public override void Send(RequestHead head, IResponseHandler handler, bool endOfRequest)
    {
        _handler = handler;
        _toHead = head.IsHead;
        _wantsTunnel = head.WantsUpgrade;
        if (_wantsTunnel)
        {
            _key = WebSocketKey.Take(head);
        }

        _connection!.SendRequest(_stream, head, endOfRequest);
    }

    public override void WriteData(ReadOnlySpan<byte> data)
    {
        if (!data.IsEmpty)
        {
            _stream.Write(data);
        }
    }

    public override void WriteEnd(Trailers? trailers) => _stream.End(trailers);

    public override void PauseResponse() => _stream.Pause();

    public override void ResumeResponse() => _stream.Resume();

    public override void Cancel()
    {
        _handler = null;
        _connection?.Reset(_stream, Http2Error.Cancel);
    }

    public void OnHeaders(bool endsStream, ReadOnlySpan<byte> block)
    {
        _received = true;
        if (_hasResponse)
        {
            _connection!.ReadEnd(_stream, endsStream, block);
        }
        else
        {
            _connection!.ReadResponse(_stream, this, endsStream, _toHead, block);
        }
    }

    public void OnResponse(ResponseHead head, bool endsStream)
    {
        if (head.IsInformational)
        {
            _handler?.OnInformational(head);
            return;
        }

        _hasResponse = true;
        if (_wantsTunnel && head.Status is >= 200 and < 300 && !endsStream)
        {
            _key.Accept(head);
            _handler?.OnResponse(head, endOfResponse: false);
            return;
        }

        if (endsStream)
        {
            _stream.EndWithHead();
            _handler?.OnResponse(head, endOfResponse: true);
            Finish();
            return;
        }

        _stream.ExpectedLength = head.Framing switch
        {
            BodyFraming.Length => head.ContentLength,
            BodyFraming.None => 0,
            _ => -1,
        };
        _handler?.OnResponse(head, endOfResponse: false);
    }

    public void OnData(ReadOnlySpan<byte> data)
    {
        if (!_hasResponse)
        {
            // A body without a head (RFC 9113 section 8.1).
            _connection!.Refuse(_stream, Http2Error.Protocol);
            return;
        }

        _handler?.OnResponseData(data);
    }

    public void OnEnd(Trailers? trailers)
    {
        if (!_hasResponse)
        {
            _connection!.Refuse(_stream, Http2Error.Protocol);
            return;
        }

        _handler?.OnResponseEnd(trailers);
        if (!_wantsTunnel)
        {
            Finish();
        }
    }

    public void OnDrained() => _handler?.OnRequestDrained();

    public void OnSent()
    {
    }

    public void OnReset(StreamEnd end, Http2Error error)
    {
        var handler = _handler;
        _handler = null;
        handler?.OnUpstreamGone(
            end switch
            {
                StreamEnd.Unprocessed => UpstreamFault.Refused,
                StreamEnd.Malformed => UpstreamFault.Protocol,
                StreamEnd.Remote => UpstreamFault.RemoteReset,
                _ => UpstreamFault.Reset,
            },
            _received);
    }

    public void OnClosed()
    {
        var connection = _connection!;
        _handler = null;
        _connection = null;
        connection.Return(this);
    }

    /// <summary>The response is complete; a request that is not has become useless.</summary>
    private void Finish()
    {
        _handler = null;
        if (_stream is { IsOpen: true, IsLocalEnded: false })
        {
            _connection!.Reset(_stream, Http2Error.Cancel);
        }
        else
        {
            _connection?.CloseIfEnded(_stream);
        }
    }
}
