namespace Mizzen.Proxy.Listeners;

/// <summary>What the first bytes of a connection tell about it: what filter chains are chosen by.</summary>
/// <param name="IsTls">A TLS handshake begins (<c>transport_protocol</c> is <c>tls</c>, else <c>raw_buffer</c>).</param>
/// <param name="ServerName">The server name that the client asks for, in lower case; empty for none.</param>
/// <param name="Protocols">Application protocols: what the client offers by ALPN, or what plain bytes look like.</param>
internal sealed record ConnectionTraits(bool IsTls, string ServerName, IReadOnlyList<string> Protocols)
{
    /// <summary>Nothing is known, or nothing is recognised.</summary>
    public static ConnectionTraits Unknown { get; } = new(false, "", []);

    /// <summary>Plain HTTP/1; chains name either version.</summary>
    public static ConnectionTraits Http1 { get; } = new(false, "", ["http/1.1", "http/1.0"]);

    /// <summary>Plain HTTP/2, by its preface.</summary>
    public static ConnectionTraits Http2 { get; } = new(false, "", ["h2c"]);
}
