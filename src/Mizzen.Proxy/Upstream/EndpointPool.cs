using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Tls;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Upstream;

/// <summary>The connections of one loop to one endpoint by one version of HTTP, and those who wait for one.</summary>
internal abstract class EndpointPool(EndpointState endpoint, LoopUpstreams upstreams)
{
    private PoolWaiter? _first;
    private PoolWaiter? _last;

    /// <summary>For whom its connections are, where the endpoint is told; none for everybody.</summary>
    public ClientAddresses Client { get; set; }

    /// <summary>Connections that stand or are being made.</summary>
    public int Open { get; private set; }

    protected EndpointState Endpoint => endpoint;

    protected ClusterState Cluster { get; } = endpoint.Cluster;

    protected LoopUpstreams Upstreams => upstreams;

    /// <summary>Connections that are being made.</summary>
    protected int Connecting { get; private set; }

    /// <summary>Calls the waiter at once when a connection has room or a limit is reached, else when a connection stands or fails.</summary>
    public void Acquire(PoolWaiter waiter)
    {
        if (TryTake() is { } stream)
        {
            waiter.OnStream(stream);
            return;
        }

        if (!Cluster.Circuit.TryEnter(CircuitResource.Pending, Cluster.Model.Limits.PendingRequests))
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
    public abstract void CloseIdle();

    /// <summary>A stream on a connection that has room; null when none has.</summary>
    protected abstract ClientStream? TryTake();

    /// <summary>How many requests a connection that is being made will carry at once.</summary>
    protected abstract int StreamsPerConnection { get; }

    /// <summary>Puts the protocol on a transport that is connecting.</summary>
    protected abstract void Begin(ByteTransport transport);

    /// <summary>What is spoken on its connections.</summary>
    protected abstract ConnectionUse Use { get; }

    /// <summary>A connection stands.</summary>
    protected void NoteConnected() => Connecting--;

    /// <summary>A connection is gone; its transport knows why if it never stood.</summary>
    protected void NoteGone(UpstreamFault fault, ByteTransport transport)
    {
        Open--;
        Cluster.Circuit.Leave(CircuitResource.Connections);
        if (fault is UpstreamFault.ConnectFailed or UpstreamFault.ConnectTimeout)
        {
            Connecting--;
            for (var failed = 0; failed < StreamsPerConnection && _first is { } waiter; failed++)
            {
                Dequeue(waiter);
                waiter.OnNoConnection(fault, transport.ErrorNumber, transport.FailureReason);
            }
        }

        ConnectForWaiters();
        if (Open == 0 && _first is null && !Client.IsNone)
        {
            ((ClientPools)endpoint.ClientPools!).Forget(this);
            return;
        }

        LoopUpstreams.ForgetIfUnused(endpoint);
    }

    /// <summary>The next who waits, taken out of the queue; null when nobody does.</summary>
    protected PoolWaiter? NextWaiter()
    {
        var waiter = _first;
        if (waiter is not null)
        {
            Dequeue(waiter);
        }

        return waiter;
    }

    /// <summary>
    /// As many connections under way as those who wait need, within the cluster's limit; the first of a pool is always allowed, or its
    /// waiters would wait for ever (Envoy).
    /// </summary>
    protected void ConnectForWaiters()
    {
        var provided = (long)Connecting * StreamsPerConnection;
        var waiting = 0L;
        for (var waiter = _first; waiter is not null && waiting <= provided; waiter = waiter.Next)
        {
            waiting++;
        }

        if (waiting > provided && Cluster.Circuit.TryEnter(CircuitResource.Connections, Open == 0 ? uint.MaxValue : Cluster.Model.Limits.Connections))
        {
            Connect();
        }
    }

    private void Connect()
    {
        Open++;
        Connecting++;
        Begin(upstreams.Connect(endpoint, Use, client: Client));
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
        Cluster.Circuit.Leave(CircuitResource.Pending);
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
}
