using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Http2;

/// <summary>One request of an HTTP/2 client and its response.</summary>
internal sealed class Http2ServerStream : ServerStream, IHttp2StreamOwner
{
    private readonly Http2Stream _stream;
    private Http2ServerConnection? _connection;
    private bool _toHead;
    private bool _isBodiless;
    private long _unsentBefore;

    public Http2ServerStream() => _stream = new Http2Stream(this);

    public override bool IsCongested => _stream.IsCongested;

    public override bool IsRequestComplete => _stream.IsRemoteEnded;

    /// <summary>Takes the stream with that number; <paramref name="head"/> has been read, <paramref name="endsStream"/> with it the request.</summary>
    public void Begin(Http2ServerConnection connection, int id, RequestHead head, bool endsStream)
    {
        _connection = connection;
        _toHead = head.IsHead;
        _isBodiless = false;
        _unsentBefore = -1;
        connection.OpenStream(_stream, id);
        _stream.ExpectedLength = head.Framing == BodyFraming.Length ? head.ContentLength : -1;
        if (endsStream)
        {
            _stream.EndWithHead();
        }

        if (head.WantsUpgrade)
        {
            // What the client sends into its tunnel has to wait until there is one.
            _stream.Pause();
        }
    }

    public override void WriteInformational(ResponseHead head)
    {
        if (_stream.IsOpen)
        {
            _connection!.SendResponse(_stream, head.Status, head, endOfResponse: false);
        }
    }

    public override void WriteHead(ResponseHead head, bool endOfResponse, bool local = false)
    {
        if (!_stream.IsOpen)
        {
            return;
        }

        _isBodiless = _toHead || head.IsBodiless;
        if (head.Status == 101)
        {
            // A tunnel has no such status in HTTP/2 (RFC 8441 section 5).
            _isBodiless = false;
            head.Remove("sec-websocket-accept"u8);
            _connection!.SendResponse(_stream, 200, head, endOfResponse: false);
            return;
        }

        _connection!.SendResponse(_stream, head.Status, head, endOfResponse || _isBodiless);
    }

    public override void WriteData(ReadOnlySpan<byte> data)
    {
        if (!data.IsEmpty && !_isBodiless)
        {
            _stream.Write(data);
        }
    }

    public override void WriteEnd(Trailers? trailers)
    {
        _stream.End(trailers);
        if (_stream is { IsOpen: true, IsLocalEnded: false })
        {
            _connection!.WatchFlush();
        }
    }

    public override void PauseRequest() => _stream.Pause();

    public override void ResumeRequest() => _stream.Resume();

    public override void StartTunnel() => _stream.Resume();

    public override void Reset()
    {
        Handler = null;
        _connection?.Reset(_stream, Http2Error.Internal);
    }

    public void OnData(ReadOnlySpan<byte> data) => Handler?.OnRequestData(data);

    public void OnEnd(Trailers? trailers) => Handler?.OnRequestEnd(trailers);

    public void OnDrained() => Handler?.OnResponseDrained();

    public void OnSent()
    {
        if (_stream is { IsRemoteEnded: false, HasWholeBody: true })
        {
            // Only the end itself is on its way.
            _connection!.WatchFlush();
        }
        else if (!_stream.IsRemoteEnded)
        {
            // The rest of a request that is answered already is of no use (RFC 9113 section 8.1).
            _connection!.Reset(_stream, Http2Error.None);
        }
    }

    public void OnReset(StreamEnd end, Http2Error error)
    {
        var handler = Handler;
        Handler = null;
        if (end == StreamEnd.Malformed)
        {
            handler?.OnRequestMalformed();
        }
        else
        {
            handler?.OnClientGone();
        }
    }

    public void OnClosed()
    {
        var connection = _connection!;
        Handler = null;
        _connection = null;
        connection.Return(this);
    }

    /// <summary>The exchange is over and the client has taken nothing since this was asked last.</summary>
    public bool IsStuck()
    {
        var isStuck = Handler is null && _stream.Unsent == _unsentBefore;
        _unsentBefore = _stream.Unsent;
        return isStuck;
    }
}
