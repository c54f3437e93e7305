using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Tls;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Upstream;

/// <summary>HTTP/1.1 connections, one request at a time each. The connection used last is used next, so that surplus ones fall idle.</summary>
internal sealed class Http1Pool(EndpointState endpoint, LoopUpstreams upstreams) : EndpointPool(endpoint, upstreams), IClientConnectionOwner
{
    private Http1ClientConnection? _idle;

    protected override int StreamsPerConnection => 1;

    protected override ConnectionUse Use => ConnectionUse.Http1;

    public override void CloseIdle()
    {
        while (_idle is { } connection)
        {
            connection.Retire();
        }
    }

    public void OnConnected(Http1ClientConnection connection)
    {
        NoteConnected();
        connection.ConnectedAt = Upstreams.Loop.Now;
        Offer(connection);
    }

    public void OnReusable(Http1ClientConnection connection)
    {
        var limit = Cluster.Model.MaxRequestsPerConnection;
        if (Endpoint.IsRemoved || (limit > 0 && connection.RequestCount >= limit) || LifeLeft(connection) <= 0)
        {
            connection.Retire();
            return;
        }

        Offer(connection);
    }

    public void OnGone(Http1ClientConnection connection, UpstreamFault fault)
    {
        Forget(connection);
        NoteGone(fault, connection.Transport);
    }

    protected override ClientStream? TryTake()
    {
        if (_idle is not { } connection)
        {
            return null;
        }

        _idle = connection.NextIdle;
        connection.NextIdle = null;
        return connection;
    }

    protected override void Begin(ByteTransport transport) => _ = new Http1ClientConnection(transport, Upstreams.Scratch, this);

    private void Offer(Http1ClientConnection connection)
    {
        if (NextWaiter() is { } waiter)
        {
            waiter.OnStream(connection);
            return;
        }

        connection.NextIdle = _idle;
        _idle = connection;
        var idle = Cluster.Model.IdleTimeout;
        var left = LifeLeft(connection);
        connection.Rest(idle > 0 && idle < left ? idle : left == long.MaxValue ? 0 : left);
    }

    // Milliseconds for which the connection may still be used.
    private long LifeLeft(Http1ClientConnection connection) => Cluster.Model.MaxConnectionDuration is > 0 and var most
        ? connection.ConnectedAt + most - Upstreams.Loop.Now
        : long.MaxValue;

    private void Forget(Http1ClientConnection connection)
    {
        if (ReferenceEquals(_idle, connection))
        {
            _idle = connection.NextIdle;
            return;
        }

        for (var before = _idle; before is not null; before = before.NextIdle)
        {
            if (ReferenceEquals(before.NextIdle, connection))
            {
                before.NextIdle = connection.NextIdle;
                return;
            }
        }
    }
}
