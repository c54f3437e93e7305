using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Http;

/// <summary>Who has accepted a connection and wants its requests.</summary>
internal interface IServerConnectionOwner
{
    /// <summary>Answers say that the connection will be closed.</summary>
    bool IsDraining { get; }

    /// <summary>Milliseconds without a request after which a connection is closed; 0 for never.</summary>
    long IdleTimeout { get; }

    /// <summary>Milliseconds that a request's head may take from its first byte on.</summary>
    long HeadTimeout => 60_000;

    /// <summary>
    /// A request begins: the owner takes <paramref name="head"/> by leaving an empty one. It may answer before it returns.
    /// <see cref="ServerStream.Handler"/> must be set unless the answer is complete.
    /// </summary>
    void OnRequest(ServerStream stream, ref RequestHead head, bool endOfRequest);

    /// <summary>A request was refused; the codec has answered it with <paramref name="status"/>, or ended its stream or connection.</summary>
    /// <param name="status">The status.</param>
    /// <param name="details">Envoy's response code details.</param>
    void OnRefused(int status, string details);

    /// <summary>The client speaks HTTP/2: who goes on with the connection, from the first byte. Null when that is not allowed.</summary>
    ITransportHandler? OnHttp2Preface();

    void OnConnectionClosed();
}
