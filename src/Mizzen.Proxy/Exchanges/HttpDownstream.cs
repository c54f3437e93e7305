using Mizzen.Proxy.Filters;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Http2;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Exchanges;

/// <summary>A client's HTTP connection: takes its requests and starts an exchange for each.</summary>
internal sealed class HttpDownstream : IServerConnectionOwner
{
    private readonly ExchangeServices _services;
    private readonly HttpCounters _counters;
    private readonly ByteTransport _transport;
    private readonly IReadOnlyList<FilterSettings> _admittedBy;
    private IServerConnection _connection;

    /// <summary>Takes over a transport. Bytes that have arrived already are for <see cref="Receiver"/>.</summary>
    /// <param name="services">The loop's services.</param>
    /// <param name="chain">The filter chain that was chosen.</param>
    /// <param name="transport">The accepted connection.</param>
    /// <param name="destination">Where the client wanted to go: the local address unless the connection was redirected.</param>
    /// <param name="admittedBy">The network filters that have let the connection in.</param>
    public HttpDownstream(
        ExchangeServices services, HttpChain chain, ByteTransport transport, NetAddress destination, IReadOnlyList<FilterSettings> admittedBy)
    {
        _services = services;
        _admittedBy = admittedBy;
        Chain = chain;
        Remote = transport.Remote;
        Destination = destination;
        Security = transport.Security;
        _transport = transport;
        chain.Add(this);
        _counters = chain.Http.Counters;
        services.Observer.Count(_counters.Connections);
        services.Observer.Count(_counters.ActiveConnections);
        _connection = chain.Http.Codec == HttpCodec.Http2 ? Http2() : new Http1ServerConnection(transport, services.Scratch, this);
    }

    public HttpChain Chain { get; }

    public NetAddress Remote { get; }

    public NetAddress Destination { get; }

    /// <summary>What the client's TLS handshake has established; null for a plain connection.</summary>
    public ConnectionSecurity? Security { get; }

    /// <summary>The client's certificate as x-forwarded-client-cert tells of it, made once per connection.</summary>
    public byte[] ClientCertificate => field ??= ForwardedCertificate.Element(Security!, Chain.Http.ClientCertificateFields, _transport.PeerCertificates);

    /// <summary>Who is to get the connection's bytes.</summary>
    public ITransportHandler Receiver => _connection;

    public bool IsDraining => _services.IsDraining || Chain.IsRetired || _services.Gate.State.DisablesKeepAlive;

    public long IdleTimeout => Chain.Http.IdleTimeout;

    public long HeadTimeout => Chain.Http.HeadTimeout;

    public void Drain() => _connection.Drain();

    /// <summary>Ends the connection now, and with it what is under way on it.</summary>
    public void Abort() => _connection.Abort();

    public void OnRequest(ServerStream stream, ref RequestHead head, bool endOfRequest) =>
        _services.Rent().Begin(this, stream, ref head, endOfRequest);

    public ITransportHandler? OnHttp2Preface() => Chain.Http.Codec == HttpCodec.Auto ? _connection = Http2() : null;

    public void OnRefused(int status, string details)
    {
        var isLate = status == 408;
        if (isLate)
        {
            _services.Observer.Count(_counters.HeaderTimeouts);
        }

        var exchange = _services.Rent();
        exchange.Record.Status = status;
        exchange.Record.Flags = isLate ? ResponseFlags.None : ResponseFlags.DownstreamProtocolError;
        exchange.Record.Details = details;
        exchange.Record.Listener = Chain.Listener;
        exchange.Record.Http = Chain.Http;
        exchange.Record.Started = _services.Loop.Clock.GetUtcNow();
        exchange.Record.DownstreamRemote = Remote;
        exchange.Record.DownstreamLocal = Destination;
        _services.Observer.OnExchange(exchange.Record);
        exchange.Record.Clear();
        _services.Return(exchange);
    }

    public void OnConnectionClosed()
    {
        _services.Observer.Count(_counters.ActiveConnections, -1);
        NetworkFilters.Release(_admittedBy, _services.Observer);
        _services.Gate.Leave(Chain.Listener);
        Chain.Remove(this);
    }

    private Http2ServerConnection Http2() => new(_transport, _services.Upstreams.Http2, Chain.Http.Http2, this);
}
