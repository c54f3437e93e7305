using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Filters;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Routing;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Tcp;

/// <summary>One proxied TCP connection: chooses the destination, connects, then lets the kernel move the bytes.</summary>
internal sealed class TcpSession : ITransportHandler
{
    private readonly TcpServices _services;
    private readonly TcpModel _model;
    private readonly ConnectionRecord _record;
    private readonly NetAddress _destination;
    private readonly byte[] _unread;
    private readonly long _begun;
    private ClusterState? _cluster;
    private EndpointState? _endpoint;
    private SocketTransport? _upstream;
    private SpliceRelay? _relay;
    private int _client;
    private int _attempts;
    private bool _countsConnection;
    private bool _ended;

    private TcpSession(TcpServices services, ListenerModel listener, TcpModel model, int client, NetAddress remote, NetAddress destination, byte[] unread)
    {
        _services = services;
        _model = model;
        _client = client;
        _destination = destination;
        _unread = unread;
        var clock = services.Upstreams.Loop.Clock;
        _begun = clock.GetTimestamp();
        _record = new ConnectionRecord
        {
            Listener = listener,
            Tcp = model,
            Started = clock.GetUtcNow(),
            DownstreamRemote = remote,
            DownstreamLocal = destination,
        };
    }

    /// <summary>Takes over the client's socket.</summary>
    /// <param name="services">The loop's services.</param>
    /// <param name="listener">Where the connection was accepted, or handed over to.</param>
    /// <param name="model">What to do with it.</param>
    /// <param name="client">The socket, non-blocking and not watched.</param>
    /// <param name="remote">The client.</param>
    /// <param name="destination">Where the client wanted to go.</param>
    /// <param name="unread">Bytes of the client that were read already.</param>
    public static void Start(
        TcpServices services, ListenerModel listener, TcpModel model, int client, NetAddress remote, NetAddress destination, byte[] unread)
    {
        var session = new TcpSession(services, listener, model, client, remote, destination, unread);
        services.Add(session);
        session.Choose();
    }

    public void OnConnected()
    {
        var upstream = _upstream!;
        _upstream = null;
        _record.UpstreamLocal = upstream.Local;
        var server = upstream.Detach(out _);
        var client = _client;
        _client = -1;
        _services.Observer.OnConnectionOpened(_record);
        _relay = new SpliceRelay(_services.Upstreams.Loop, _services.Pipes, client, server, _model.IdleTimeout, OnRelayEnded);
        _relay.Start(_unread);
    }

    public int OnData(byte[] buffer, int offset, int count) => count;

    public void OnEndOfStream()
    {
    }

    public void OnCongested()
    {
    }

    public void OnDrained()
    {
    }

    public void OnClosed(TransportFault fault)
    {
        _upstream = null;
        Outliers.OnStatus(_endpoint!, 503, _services.Upstreams.Loop.Now);
        ReleaseEndpoint();
        if (_attempts < _model.MaxConnectAttempts)
        {
            Connect();
            return;
        }

        Refuse(ResponseFlags.UpstreamConnectionFailure);
    }

    /// <summary>Ends both sides now.</summary>
    public void End()
    {
        if (_relay is { } relay)
        {
            relay.End();
            return;
        }

        _upstream?.Abort();
        _upstream = null;
        Finish();
    }

    private void Choose()
    {
        if (!NetworkFilters.Admit(_model.Filters, _record, _services.Observer))
        {
            Refuse(ResponseFlags.None);
            return;
        }

        var clusters = _model.Clusters;
        var random = _services.Upstreams.Random;
        var chosen = clusters.Count == 1 ? clusters[0] : WeightedChoice.Pick(clusters, random.Below(WeightedChoice.Total(clusters)));
        _cluster = _services.Upstreams.Find(chosen.Cluster);
        if (_cluster is null)
        {
            Refuse(ResponseFlags.NoClusterFound);
            return;
        }

        _record.Cluster = _cluster.Model;
        Connect();
    }

    private void Connect()
    {
        _attempts++;
        var upstreams = _services.Upstreams;
        _endpoint = upstreams.Choose(_cluster!, _destination);
        if (_endpoint is null)
        {
            Refuse(ResponseFlags.NoHealthyUpstream);
            return;
        }

        _endpoint.Active++;
        var model = _cluster!.Model;
        _countsConnection = _cluster.Circuit.TryEnter(CircuitResource.Connections, model.Limits.Connections);
        if (!_countsConnection)
        {
            Refuse(ResponseFlags.UpstreamOverflow);
            return;
        }

        _record.Endpoint = _endpoint.Model;
        _record.UpstreamRemote = _endpoint.Address;
        _upstream = SocketTransport.Connect(
            upstreams.Loop, _endpoint.Address, (int)model.ConnectTimeout, upstreams.Dial, LoopUpstreams.SourceFor(model, _endpoint.Address));
        _upstream.Handler = this;
    }

    private void Refuse(ResponseFlags flags)
    {
        _record.Flags |= flags;
        _services.Observer.OnConnectionOpened(_record);
        Finish();
    }

    private void OnRelayEnded(SpliceRelay relay)
    {
        _record.BytesReceived = relay.ClientBytes;
        _record.BytesSent = relay.ServerBytes;
        Finish();
    }

    private void Finish()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        if (_client >= 0)
        {
            SocketOptions.ResetOnClose(_client);
            _ = Syscalls.Close(_client);
            _client = -1;
        }

        ReleaseEndpoint();
        _services.Remove(this);
        _record.DurationMicroseconds = (long)_services.Upstreams.Loop.Clock.GetElapsedTime(_begun).TotalMicroseconds;
        _services.Observer.OnConnectionClosed(_record);
    }

    private void ReleaseEndpoint()
    {
        if (_endpoint is not { } endpoint)
        {
            return;
        }

        _endpoint = null;
        endpoint.Active--;
        if (_countsConnection)
        {
            _countsConnection = false;
            _cluster!.Circuit.Leave(CircuitResource.Connections);
        }

        LoopUpstreams.ForgetIfUnused(endpoint);
    }
}
