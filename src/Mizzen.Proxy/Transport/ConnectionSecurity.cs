namespace Mizzen.Proxy.Transport;

/// <summary>What a TLS handshake has established. One per connection.</summary>
internal sealed record ConnectionSecurity
{
    /// <summary>The application protocol (ALPN, RFC 7301), for example <c>h2</c>; empty when none was agreed on.</summary>
    public string Protocol { get; init; } = "";

    /// <summary>The server name that the client asked for (SNI, RFC 6066), empty when it asked for none.</summary>
    public byte[] ServerName { get; init; } = [];

    /// <summary>For example <c>TLSv1.3</c>.</summary>
    public string Version { get; init; } = "";

    /// <summary>For example <c>TLS_AES_256_GCM_SHA384</c>.</summary>
    public string Cipher { get; init; } = "";

    /// <summary>The peer's certificate; null when it presented none.</summary>
    public PeerCertificate? Peer { get; init; }

    /// <summary>The first URI of our own certificate, our SPIFFE id in a mesh; empty when it has none.</summary>
    public string LocalUri { get; init; } = "";

    /// <summary>The session was resumed by a ticket.</summary>
    public bool IsResumed { get; init; }

    /// <summary>Both sides have presented certificates.</summary>
    public bool IsMutual => Peer is not null;
}
