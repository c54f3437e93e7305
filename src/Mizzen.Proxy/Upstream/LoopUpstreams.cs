using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Http2;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tls;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Upstream;

/// <summary>The way out of one loop: the configuration in force, its clusters and endpoints, and connections to them.</summary>
internal sealed class LoopUpstreams
{
    private readonly LoopClusters _clusters;

    public LoopUpstreams(EventLoop loop, HttpScratch scratch, DialOptions dial, SharedClusters clusters, Action<CounterKey, long> count)
    {
        Loop = loop;
        Scratch = scratch;
        Dial = dial;
        Count = count;
        Http2 = new Http2Services(loop, scratch, count);
        _clusters = new LoopClusters(loop, clusters, static endpoint =>
        {
            (endpoint.Http1 as EndpointPool)?.CloseIdle();
            (endpoint.Http2 as EndpointPool)?.CloseIdle();
            (endpoint.ClientPools as ClientPools)?.CloseIdle();
        });
    }

    public EventLoop Loop { get; }

    public HttpScratch Scratch { get; }

    public Http2Services Http2 { get; }

    public DialOptions Dial { get; }

    /// <summary>Adds to a counter.</summary>
    public Action<CounterKey, long> Count { get; }

    public FastRandom Random { get; } = new();

    /// <summary>Memory for the TLS sessions of this loop, made when the first one needs it.</summary>
    public TlsIo Tls => field ??= new TlsIo();

    public ProxySnapshot Snapshot { get; private set; } = ProxySnapshot.Empty;

    /// <summary>Takes a newer configuration; exchanges in flight keep the endpoints that they use.</summary>
    public void Apply(ProxySnapshot snapshot)
    {
        Snapshot = snapshot;
        _clusters.Apply(snapshot);
    }

    /// <summary>The cluster as this loop knows it; null when the configuration has none of that name.</summary>
    public ClusterState? Find(ClusterKey key) => Snapshot.Find(key) is { } model ? _clusters.Get(model) : null;

    /// <summary>Chooses an endpoint; null when none is usable.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="destination">Original destination of the connection: the endpoint itself where the cluster says so.</param>
    /// <param name="hash">What the endpoint is to depend on, for clusters that hash; null for chance.</param>
    public EndpointState? Choose(ClusterState cluster, NetAddress destination, ulong? hash = null)
    {
        if (cluster.Model.Discovery != DiscoveryKind.OriginalDestination)
        {
            return EndpointChoice.Choose(cluster, Random, Loop.Now, hash);
        }

        if (destination.IsNone)
        {
            return null;
        }

        var port = cluster.Model.OriginalDestinationPort;
        return cluster.OriginalDestination(port == 0 ? destination : destination.WithPort((ushort)port), Loop.Now);
    }

    /// <summary>Starts to connect to an endpoint, with TLS where the cluster says so. The outcome arrives at the transport's handler, also when it is known at once.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="use">What is to be spoken.</param>
    /// <param name="port">Another port than the endpoint's; 0 for that.</param>
    /// <param name="client">For whom, where the cluster wants to know; none for ourselves.</param>
    public ByteTransport Connect(EndpointState endpoint, ConnectionUse use, int port = 0, ClientAddresses client = default)
    {
        var model = endpoint.Cluster.Model;
        var address = port == 0 ? endpoint.Address : endpoint.Address.WithPort((ushort)port);
        var socket = SocketTransport.Connect(Loop, address, (int)model.ConnectTimeout, Dial, SourceFor(model, endpoint.Address));
        if (model.Keepalive is { } keepalive)
        {
            socket.KeepAlive(keepalive);
        }

        if (model.ProxyProtocol != 0)
        {
            socket.Begin(client.Header(model.ProxyProtocol));
        }

        return model.TlsFor(endpoint.Model) is { } tls
            ? TlsTransport.Connect(socket, Tls, tls.For(endpoint.Model.HostName, use), (SessionSlot)(endpoint.Sessions ??= new SessionSlot()), model.ConnectTimeout)
            : socket;
    }

    /// <summary>The loop's connections to an endpoint.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="speaksHttp2">The request came as HTTP/2: its cluster may want to pass that on.</param>
    /// <param name="client">Whose the request is; none for ours.</param>
    public EndpointPool PoolOf(EndpointState endpoint, bool speaksHttp2, ClientAddresses client = default)
    {
        var model = endpoint.Cluster.Model;
        var asHttp2 = model.Protocol == UpstreamProtocol.Http2 || (model.Protocol == UpstreamProtocol.AsDownstream && speaksHttp2);
        if (model.ProxyProtocol != 0 && !client.IsNone)
        {
            return ((ClientPools)(endpoint.ClientPools ??= new ClientPools(endpoint, this))).Of(client, asHttp2);
        }

        return asHttp2
            ? (EndpointPool)(endpoint.Http2 ??= new Http2Pool(endpoint, this))
            : (EndpointPool)(endpoint.Http1 ??= new Http1Pool(endpoint, this));
    }

    /// <summary>Lets go of an original destination that has neither connections nor users.</summary>
    public static void ForgetIfUnused(EndpointState endpoint)
    {
        if (endpoint.Cluster.Model.Discovery == DiscoveryKind.OriginalDestination && endpoint.Active == 0
            && endpoint.Http1 is null or EndpointPool { Open: 0 } && endpoint.Http2 is null or EndpointPool { Open: 0 }
            && endpoint.ClientPools is null or ClientPools { IsEmpty: true })
        {
            endpoint.Cluster.Forget(endpoint);
        }
    }

    /// <summary>The address from which connections of the cluster come; none for the kernel's choice.</summary>
    public static NetAddress SourceFor(ClusterModel cluster, NetAddress remote)
    {
        if (cluster.SourceAddress is null)
        {
            return default;
        }

        var source = NetAddress.Of(cluster.SourceAddress, 0);
        return source.IsV6 == remote.IsV6 ? source : default;
    }
}
