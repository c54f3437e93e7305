namespace Mizzen.Proxy.Transport;

/// <summary>
/// What a peer has proven in its TLS handshake. Made once per connection by the transport that has checked the certificate, and read by
/// filters for each request.
/// </summary>
internal sealed record PeerCertificate
{
    /// <summary>URI alternative names, SPIFFE ids among them, as they stand in the certificate (ASCII).</summary>
    public IReadOnlyList<byte[]> Uris { get; init; } = [];

    /// <summary>DNS alternative names.</summary>
    public IReadOnlyList<byte[]> DnsNames { get; init; } = [];

    /// <summary>Subject as RFC 2253 writes it.</summary>
    public byte[] Subject { get; init; } = [];

    /// <summary>SHA-256 of the certificate in lower-case hexadecimal.</summary>
    public string Digest { get; init; } = "";

    /// <summary>The first URI as text, in a mesh the SPIFFE id; empty where there is none.</summary>
    public string Uri { get; init; } = "";

    /// <summary>The name that stands for the peer: its first URI, else its first DNS name, else its subject (Envoy's order).</summary>
    public ReadOnlySpan<byte> Principal => Uris.Count > 0 ? Uris[0] : DnsNames.Count > 0 ? DnsNames[0] : Subject;
}
