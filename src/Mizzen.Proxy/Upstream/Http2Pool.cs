using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Http2;
using Mizzen.Proxy.Tls;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Upstream;

/// <summary>HTTP/2 connections, each shared by many requests; another is made when the server takes no more streams on those that stand.</summary>
internal sealed class Http2Pool(EndpointState endpoint, LoopUpstreams upstreams) : EndpointPool(endpoint, upstreams), IHttp2ConnectionOwner
{
    private readonly List<Http2ClientConnection> _connections = [];

    /// <summary>What a server is expected to take before it has said so; too many of them are only opened later.</summary>
    protected override int StreamsPerConnection => Math.Min(100, Cluster.Model.Http2.MaxConcurrentStreams);

    protected override ConnectionUse Use => ConnectionUse.Http2;

    public override void CloseIdle()
    {
        for (var i = _connections.Count - 1; i >= 0; i--)
        {
            _connections[i].Retire();
        }
    }

    public void OnConnected(Http2ClientConnection connection)
    {
        NoteConnected();
        connection.ConnectedAt = Upstreams.Loop.Now;
        connection.Place = _connections.Count;
        _connections.Add(connection);
        if (Endpoint.IsRemoved)
        {
            connection.Retire();
            return;
        }

        OnCapacity(connection);
    }

    public void OnCapacity(Http2ClientConnection connection)
    {
        while (connection.HasCapacity && NextWaiter() is { } waiter)
        {
            waiter.OnStream(connection.OpenStream());
        }
    }

    public void OnRetired(Http2ClientConnection connection) => Remove(connection);

    public void OnGone(Http2ClientConnection connection, UpstreamFault fault)
    {
        Remove(connection);
        NoteGone(fault, connection.Transport);
    }

    protected override ClientStream? TryTake()
    {
        RetireOld();
        for (var i = 0; i < _connections.Count; i++)
        {
            if (_connections[i].HasCapacity)
            {
                return _connections[i].OpenStream();
            }
        }

        return null;
    }

    // Their streams go on to the end; new ones go elsewhere.
    private void RetireOld()
    {
        if (Cluster.Model.MaxConnectionDuration is not (> 0 and var most))
        {
            return;
        }

        for (var i = _connections.Count - 1; i >= 0; i--)
        {
            if (Upstreams.Loop.Now - _connections[i].ConnectedAt >= most)
            {
                _connections[i].Retire();
            }
        }
    }

    protected override void Begin(ByteTransport transport) => _ = new Http2ClientConnection(transport, Upstreams.Http2, Cluster.Model, this);

    private void Remove(Http2ClientConnection connection)
    {
        if (connection.Place < 0)
        {
            return;
        }

        var last = _connections[^1];
        _connections[connection.Place] = last;
        last.Place = connection.Place;
        _connections.RemoveAt(_connections.Count - 1);
        connection.Place = -1;
    }
}
