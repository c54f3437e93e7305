using System.Text;

using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Exchanges;
using Mizzen.Proxy.Filters;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Routing;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tls;
using Mizzen.Proxy.Transport;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Tcp;

/// <summary>One proxied TCP connection: chooses the destination, connects, then lets the kernel move the bytes, unless one side is encrypted here.</summary>
internal sealed class TcpSession : ITransportHandler
{
    private readonly TcpServices _services;
    private readonly TcpModel _model;
    private readonly ConnectionRecord _record;
    private readonly NetAddress _destination;
    private readonly byte[] _unread;
    private readonly long _begun;
    private readonly NetAddress _remote;
    private readonly LoopTimer? _life;
    private ClusterState? _cluster;
    private EndpointState? _endpoint;
    private ByteTransport? _upstream;
    private IRelay? _relay;
    private ByteTransport? _secured;
    private int _client = -1;
    private int _attempts;
    private bool _countsConnection;
    private bool _admitted;
    private bool _ended;

    private TcpSession(TcpServices services, ConnectionRecord record, byte[] unread)
    {
        _services = services;
        _model = record.Tcp!;
        _record = record;
        _remote = record.DownstreamRemote;
        _destination = record.DownstreamLocal;
        _unread = unread;
        _begun = services.Upstreams.Loop.Clock.GetTimestamp();
        if (_model.MaxDuration > 0)
        {
            _life = new LoopTimer(OnTooOld);
            services.Upstreams.Loop.Arm(_life, _model.MaxDuration);
        }
    }

    /// <summary>Name of the listener that accepted the connection, or took it over.</summary>
    public string Listener => _record.Listener.Name;

    /// <summary>The clock's timestamp of its beginning.</summary>
    public long Begun => _begun;

    /// <summary>Takes over the client's socket.</summary>
    /// <param name="services">The loop's services.</param>
    /// <param name="listener">Where the connection was accepted, or handed over to.</param>
    /// <param name="model">What to do with it.</param>
    /// <param name="client">The socket, non-blocking and not watched.</param>
    /// <param name="remote">The client.</param>
    /// <param name="destination">Where the client wanted to go.</param>
    /// <param name="unread">Bytes of the client that were read already.</param>
    /// <param name="serverName">The server name that the client asks for behind TLS that is not ended here; empty for none.</param>
    public static void Start(
        TcpServices services, ListenerModel listener, TcpModel model, int client, NetAddress remote, NetAddress destination, byte[] unread, string serverName = "")
    {
        var record = Record(services, listener, model, remote, destination) with { RequestedServerName = Encoding.ASCII.GetBytes(serverName) };
        var session = new TcpSession(services, record, unread) { _client = client };
        services.Add(session);
        session.Choose();
    }

    /// <summary>Takes over a client's session whose TLS is ended here.</summary>
    public static void Start(TcpServices services, ListenerModel listener, TcpModel model, ByteTransport client, NetAddress destination)
    {
        var record = Record(services, listener, model, client.Remote, destination) with
        {
            Security = client.Security,
            RequestedServerName = client.Security?.ServerName,
        };
        var session = new TcpSession(services, record, []) { _secured = client };
        client.PauseReading();
        client.Handler = new Waiting(session);
        services.Add(session);
        session.Choose();
    }

    public void OnConnected()
    {
        var upstream = _upstream!;
        _upstream = null;
        _record.UpstreamLocal = upstream.Local;
        _record.UpstreamSecurity = upstream.Security;
        _services.Observer.OnConnectionOpened(_record);
        _relay = Join(upstream);
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
        _record.TransportFailure = _upstream?.FailureReason ?? "";
        _upstream = null;
        Outliers.OnFailure(_endpoint!, 503, _services.Upstreams.Loop.Now);
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

    private static ConnectionRecord Record(TcpServices services, ListenerModel listener, TcpModel model, NetAddress remote, NetAddress destination) => new()
    {
        Listener = listener,
        Tcp = model,
        Started = services.Upstreams.Loop.Clock.GetUtcNow(),
        DownstreamRemote = remote,
        DownstreamLocal = destination,
    };

    private IRelay Join(ByteTransport upstream)
    {
        var loop = _services.Upstreams.Loop;
        var client = _client;
        _client = -1;
        if (_secured is null && upstream is SocketTransport socket)
        {
            return new SpliceRelay(loop, _services.Pipes, client, socket.Detach(out _), _model.IdleTimeout, OnRelayEnded);
        }

        var transport = _secured ?? SocketTransport.Adopt(loop, client, _remote);
        _secured = null;
        return new TransportRelay(transport, upstream, _model.IdleTimeout, OnRelayEnded);
    }

    private void Choose()
    {
        _admitted = NetworkFilters.Admit(_model.Filters, _record, _services.Observer);
        if (!_admitted)
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
        _endpoint = upstreams.Choose(_cluster!, _destination, _model.HashesSourceAddress ? HashKey.OfAddress(_record.DownstreamRemote) : null);
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
        _upstream = upstreams.Connect(_endpoint, ConnectionUse.Bytes, client: new ClientAddresses(_remote, _destination));
        _upstream.Handler = this;
    }

    private void OnTooOld()
    {
        _services.Observer.Count(_model.Counters.TooOld);
        End();
    }

    private void Refuse(ResponseFlags flags)
    {
        _record.Flags |= flags;
        _services.Observer.OnConnectionOpened(_record);
        Finish();
    }

    private void OnRelayEnded(IRelay relay)
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
        if (_life is { } life)
        {
            _services.Upstreams.Loop.Disarm(life);
        }

        if (_client >= 0)
        {
            SocketOptions.ResetOnClose(_client);
            _ = Syscalls.Close(_client);
            _client = -1;
        }

        _secured?.Abort(reset: true);
        _secured = null;
        ReleaseEndpoint();
        if (_admitted)
        {
            NetworkFilters.Release(_model.Filters, _services.Observer);
        }

        _services.Gate.Leave(_record.Listener);
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

    /// <summary>The client of a session whose upstream connection is being made.</summary>
    private sealed class Waiting(TcpSession session) : ITransportHandler
    {
        public void OnConnected()
        {
        }

        public int OnData(byte[] buffer, int offset, int count) => 0;

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
            session._secured = null;
            session.End();
        }
    }
}
