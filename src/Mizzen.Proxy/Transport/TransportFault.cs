namespace Mizzen.Proxy.Transport;

/// <summary>Why a transport ended without its owner asking for it.</summary>
internal enum TransportFault
{
    None,

    /// <summary>The peer refused or could not be reached.</summary>
    ConnectFailed,

    /// <summary>No connection within the connect timeout.</summary>
    ConnectTimeout,

    /// <summary>The TLS handshake failed.</summary>
    TlsFailed,

    /// <summary>Reset by the peer, or the network gave up.</summary>
    Reset,
}
