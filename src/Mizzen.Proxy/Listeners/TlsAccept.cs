using Mizzen.Proxy.Tls;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Listeners;

/// <summary>Waits for a client's TLS handshake, then hands the session on. A client whose handshake fails is gone without a trace above.</summary>
internal sealed class TlsAccept : ITransportHandler
{
    private readonly TlsTransport _transport;
    private readonly Action<TlsTransport> _onSecured;
    private readonly Action _onGone;

    /// <param name="socket">The accepted connection.</param>
    /// <param name="io">The loop's memory for TLS.</param>
    /// <param name="settings">How to speak TLS.</param>
    /// <param name="onSecured">Told when the handshake is over; it gives the session its handler.</param>
    /// <param name="onGone">Told instead when the handshake fails.</param>
    public TlsAccept(SocketTransport socket, TlsIo io, ServerTls settings, Action<TlsTransport> onSecured, Action onGone)
    {
        _onGone = onGone;
        _onSecured = onSecured;
        _transport = TlsTransport.Accept(socket, io, settings);
        _transport.Handler = this;
    }

    /// <summary>Who is to get the connection's bytes.</summary>
    public ITransportHandler Receiver => _transport;

    public void OnConnected() => _onSecured(_transport);

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
        _transport.Loop.Log.Debug($"TLS handshake with {_transport.Remote} failed: {_transport.FailureReason ?? fault.ToString()}");
        _onGone();
    }
}
