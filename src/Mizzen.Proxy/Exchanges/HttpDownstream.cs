using Mizzen.Proxy.Http;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Exchanges;

/// <summary>A client's HTTP connection: takes its requests and starts an exchange for each.</summary>
internal sealed class HttpDownstream : IServerConnectionOwner
{
    private readonly ExchangeServices _services;
    private readonly Http1ServerConnection _connection;

    /// <summary>Takes over a transport. Bytes that have arrived already are for <see cref="Receiver"/>.</summary>
    /// <param name="services">The loop's services.</param>
    /// <param name="chain">The filter chain that was chosen.</param>
    /// <param name="transport">The accepted connection.</param>
    /// <param name="destination">Where the client wanted to go: the local address unless the connection was redirected.</param>
    public HttpDownstream(ExchangeServices services, HttpChain chain, ByteTransport transport, NetAddress destination)
    {
        _services = services;
        Chain = chain;
        Remote = transport.Remote;
        Destination = destination;
        Security = transport.Security;
        chain.Add(this);
        _connection = new Http1ServerConnection(transport, services.Scratch, this);
    }

    public HttpChain Chain { get; }

    public NetAddress Remote { get; }

    public NetAddress Destination { get; }

    /// <summary>What the client's TLS handshake has established; null for a plain connection.</summary>
    public ConnectionSecurity? Security { get; }

    /// <summary>The client's certificate as x-forwarded-client-cert tells of it, made once per connection.</summary>
    public byte[] ClientCertificate => field ??= ForwardedCertificate.Element(Security!, Chain.Http.ClientCertificateFields);

    /// <summary>Who is to get the connection's bytes.</summary>
    public ITransportHandler Receiver => _connection;

    public bool IsDraining => _services.IsDraining || Chain.IsRetired;

    public long IdleTimeout => Chain.Http.IdleTimeout;

    public void Drain() => _connection.Drain();

    /// <summary>Ends the connection now, and with it what is under way on it.</summary>
    public void Abort()
    {
        _connection.Transport.Abort();
        _connection.OnClosed(TransportFault.None);
    }

    public void OnRequest(ServerStream stream, ref RequestHead head, bool endOfRequest) =>
        _services.Rent().Begin(this, stream, ref head, endOfRequest);

    public void OnRefused(ServerStream stream, int status)
    {
        var exchange = _services.Rent();
        exchange.Record.Status = status;
        exchange.Record.Flags = ResponseFlags.DownstreamProtocolError;
        exchange.Record.Details = ResponseDetails.CodecError;
        exchange.Record.Listener = Chain.Listener;
        exchange.Record.Http = Chain.Http;
        exchange.Record.Started = _services.Loop.Clock.GetUtcNow();
        exchange.Record.DownstreamRemote = Remote;
        exchange.Record.DownstreamLocal = Destination;
        _services.Observer.OnExchange(exchange.Record);
        exchange.Record.Clear();
        _services.Return(exchange);
    }

    public void OnConnectionClosed(ServerStream stream) => Chain.Remove(this);
}
