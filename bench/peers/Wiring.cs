namespace Mizzen.Bench.Peers;

/// <summary>What is spoken on one side of a proxy.</summary>
internal enum Protocol
{
    /// <summary>Bytes: nothing is read.</summary>
    Tcp,

    /// <summary>HTTP/1.1 with keep-alive.</summary>
    Http1,

    /// <summary>HTTP/2 with prior knowledge, over TLS by ALPN.</summary>
    Http2,
}

/// <summary>How one side of a proxy is protected; TLS 1.3 in all cases.</summary>
internal enum Security
{
    /// <summary>In the clear.</summary>
    None,

    /// <summary>The server has a certificate.</summary>
    Server,

    /// <summary>Both have one, and look at the other's.</summary>
    Mutual,
}

/// <summary>One side of a proxy.</summary>
internal sealed record Hop(Protocol Protocol, Security Security = Security.None);

/// <summary>Both sides of a proxy.</summary>
/// <param name="In">Towards the load.</param>
/// <param name="Out">Towards the backend.</param>
internal sealed record Wiring(Hop In, Hop Out)
{
    public static readonly Wiring Http1 = new(new Hop(Protocol.Http1), new Hop(Protocol.Http1));
}

/// <summary>What a contender is to be configured for.</summary>
/// <param name="Folder">Its own, for configuration and logs.</param>
/// <param name="Port">Where it is to listen, on 127.0.0.1.</param>
/// <param name="Backend">Where the backend listens, on 127.0.0.1 to 127.0.0.10.</param>
/// <param name="Wiring">What is spoken.</param>
/// <param name="Certificates">For the hops that want them.</param>
internal sealed record Site(string Folder, int Port, int Backend, Wiring Wiring, Certificates Certificates);
