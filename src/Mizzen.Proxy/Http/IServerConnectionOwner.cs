namespace Mizzen.Proxy.Http;

/// <summary>Who has accepted a connection and wants its requests.</summary>
internal interface IServerConnectionOwner
{
    /// <summary>Answers say that the connection will be closed.</summary>
    bool IsDraining { get; }

    /// <summary>Milliseconds without a request after which a connection is closed; 0 for never.</summary>
    long IdleTimeout { get; }

    /// <summary>
    /// A request begins: the owner takes <paramref name="head"/> by leaving an empty one. It may answer before it returns.
    /// <see cref="ServerStream.Handler"/> must be set unless the answer is complete.
    /// </summary>
    void OnRequest(ServerStream stream, ref RequestHead head, bool endOfRequest);

    /// <summary>Bytes were refused; the codec has answered with <paramref name="status"/> and closes.</summary>
    void OnRefused(ServerStream stream, int status);

    void OnConnectionClosed(ServerStream stream);
}
