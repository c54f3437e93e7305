using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Upstream;

/// <summary>The HTTP/1.1 connections of one loop to one endpoint, and those who wait for one. The connection used last is used next, so that surplus ones fall idle.</summary>
internal sealed class EndpointPool(EndpointState endpoint, LoopUpstreams upstreams) : IClientConnectionOwner
{
    private readonly ClusterState _cluster = endpoint.Cluster;
    private Http1ClientConnection? _idle;
    private PoolWaiter? _first;
    private PoolWaiter? _last;
    private int _open;
    private int _connecting;

    /// <summary>Connections that stand or are being made.</summary>
    public int Open => _open;

    /// <summary>Calls the waiter at once when a connection is idle or a limit is reached, else when a connection stands or fails.</summary>
    public void Acquire(PoolWaiter waiter)
    {
        if (_idle is { } connection)
        {
            _idle = connection.NextIdle;
            connection.NextIdle = null;
            waiter.OnConnection(connection);
            return;
        }

        if (!_cluster.Circuit.TryEnter(CircuitResource.Pending, _cluster.Model.Limits.PendingRequests))
        {
            waiter.OnNoConnection(UpstreamFault.Overflow, 0, null);
            return;
        }

        Enqueue(waiter);
        ConnectForWaiters();
    }

    /// <summary>The waiter does not want a connection any more.</summary>
    public void Withdraw(PoolWaiter waiter) => Dequeue(waiter);

    /// <summary>The endpoint is no longer used: closes what is idle; what is busy closes after its exchange.</summary>
    public void CloseIdle()
    {
        while (_idle is { } connection)
        {
            connection.Retire();
        }
    }

    public void OnConnected(Http1ClientConnection connection)
    {
        _connecting--;
        Offer(connection);
    }

    public void OnReusable(Http1ClientConnection connection)
    {
        var limit = _cluster.Model.MaxRequestsPerConnection;
        if (endpoint.IsRemoved || (limit > 0 && connection.RequestCount >= limit))
        {
            connection.Retire();
            return;
        }

        Offer(connection);
    }

    public void OnGone(Http1ClientConnection connection, UpstreamFault fault)
    {
        _open--;
        _cluster.Circuit.Leave(CircuitResource.Connections);
        Forget(connection);
        if (fault is UpstreamFault.ConnectFailed or UpstreamFault.ConnectTimeout)
        {
            _connecting--;
            if (_first is { } waiter)
            {
                Dequeue(waiter);
                waiter.OnNoConnection(fault, connection.Transport.ErrorNumber, connection.Transport.FailureReason);
            }
        }

        ConnectForWaiters();
        LoopUpstreams.ForgetIfUnused(endpoint);
    }

    private void Offer(Http1ClientConnection connection)
    {
        if (_first is { } waiter)
        {
            Dequeue(waiter);
            waiter.OnConnection(connection);
            return;
        }

        connection.NextIdle = _idle;
        _idle = connection;
        connection.Rest(_cluster.Model.IdleTimeout);
    }

    /// <summary>One connection under way per waiter, within the cluster's limit; the first of a pool is always allowed, or its waiters would wait for ever (Envoy).</summary>
    private void ConnectForWaiters()
    {
        var waiting = 0;
        for (var waiter = _first; waiter is not null && waiting <= _connecting; waiter = waiter.Next)
        {
            waiting++;
        }

        if (waiting > _connecting && _cluster.Circuit.TryEnter(CircuitResource.Connections, _open == 0 ? uint.MaxValue : _cluster.Model.Limits.Connections))
        {
            Connect();
        }
    }

    private void Connect()
    {
        _open++;
        _connecting++;
        _ = new Http1ClientConnection(upstreams.Connect(endpoint), upstreams.Scratch, this);
    }

    private void Enqueue(PoolWaiter waiter)
    {
        waiter.WaitingIn = this;
        waiter.Previous = _last;
        waiter.Next = null;
        if (_last is null)
        {
            _first = waiter;
        }
        else
        {
            _last.Next = waiter;
        }

        _last = waiter;
    }

    private void Dequeue(PoolWaiter waiter)
    {
        _cluster.Circuit.Leave(CircuitResource.Pending);
        if (waiter.Previous is null)
        {
            _first = waiter.Next;
        }
        else
        {
            waiter.Previous.Next = waiter.Next;
        }

        if (waiter.Next is null)
        {
            _last = waiter.Previous;
        }
        else
        {
            waiter.Next.Previous = waiter.Previous;
        }

        waiter.Next = null;
        waiter.Previous = null;
        waiter.WaitingIn = null;
    }

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
