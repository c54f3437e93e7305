using Mizzen.Proxy.Http;
using Mizzen.Proxy.Http2;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.HealthChecks;

/// <summary>A question by HTTP, in either version, on a connection that ends with the answer.</summary>
internal abstract class RequestProbe : IClientConnectionOwner, IHttp2ConnectionOwner, IResponseHandler, IProbe
{
    private readonly ByteTransport _transport;
    private readonly Action<ProbeOutcome> _onDone;
    private Http2ClientConnection? _multiplexed;
    private ClientStream? _stream;
    private bool _isConnecting = true;
    private bool _isAnswered;
    private bool _isDone;

    protected RequestProbe(LoopUpstreams upstreams, ByteTransport transport, ClusterModel cluster, bool isHttp2, Action<ProbeOutcome> onDone)
    {
        _transport = transport;
        _onDone = onDone;
        Upstreams = upstreams;
        if (isHttp2)
        {
            _ = new Http2ClientConnection(transport, upstreams.Http2, cluster, this);
        }
        else
        {
            _ = new Http1ClientConnection(transport, upstreams.Scratch, this);
        }
    }

    protected LoopUpstreams Upstreams { get; }

    public void Cancel() => End(null);

    void IClientConnectionOwner.OnConnected(Http1ClientConnection connection)
    {
        _isConnecting = false;
        _stream = connection;
        Send(connection);
    }

    void IClientConnectionOwner.OnReusable(Http1ClientConnection connection) => connection.Retire();

    void IClientConnectionOwner.OnGone(Http1ClientConnection connection, UpstreamFault fault) => Lose();

    void IHttp2ConnectionOwner.OnConnected(Http2ClientConnection connection)
    {
        _isConnecting = false;
        _multiplexed = connection;
        _stream = connection.OpenStream();
        Send(_stream);
    }

    void IHttp2ConnectionOwner.OnCapacity(Http2ClientConnection connection)
    {
    }

    void IHttp2ConnectionOwner.OnRetired(Http2ClientConnection connection)
    {
    }

    void IHttp2ConnectionOwner.OnGone(Http2ClientConnection connection, UpstreamFault fault) => Lose();

    public void OnInformational(ResponseHead head)
    {
    }

    public void OnResponse(ResponseHead head, bool endOfResponse)
    {
        _isAnswered = endOfResponse;
        Judge(head, endOfResponse);
    }

    public virtual void OnResponseData(ReadOnlySpan<byte> data)
    {
    }

    public virtual void OnResponseEnd(Trailers? trailers) => _isAnswered = true;

    public void OnRequestCongested()
    {
    }

    public void OnRequestDrained()
    {
    }

    public void OnUpstreamGone(UpstreamFault fault, bool received)
    {
        _stream = null;
        End(ProbeOutcome.Unreachable);
    }

    /// <summary>Sends the request on a connection that stands.</summary>
    protected abstract void Send(ClientStream stream);

    /// <summary>The answer's head.</summary>
    protected abstract void Judge(ResponseHead head, bool isWhole);

    /// <summary>The question is answered. A connection that owes nothing more closes by itself, another is ended.</summary>
    protected void Conclude(ProbeOutcome outcome) => End(outcome);

    private void Lose()
    {
        _isConnecting = false;
        _stream = null;
        _multiplexed = null;
        End(ProbeOutcome.Unreachable);
    }

    private void End(ProbeOutcome? outcome)
    {
        if (_isDone)
        {
            return;
        }

        _isDone = true;
        if (_isConnecting)
        {
            _transport.Abort();
        }
        else if (!_isAnswered)
        {
            _stream?.Cancel();
        }

        _multiplexed?.Retire();
        if (outcome is { } known)
        {
            _onDone(known);
        }
    }
}
