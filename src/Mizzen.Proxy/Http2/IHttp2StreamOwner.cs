using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Http2;

/// <summary>Whose a stream is: the side of the exchange that it carries.</summary>
internal interface IHttp2StreamOwner
{
    /// <summary>A piece of the body.</summary>
    void OnData(ReadOnlySpan<byte> data);

    /// <summary>The peer's message is complete.</summary>
    void OnEnd(Trailers? trailers);

    /// <summary>After the stream was congested: it takes bytes again.</summary>
    void OnDrained();

    /// <summary>Our message has left as a whole.</summary>
    void OnSent();

    /// <summary>The stream is over before both messages were complete. The last call but <see cref="OnClosed"/>.</summary>
    void OnReset(StreamEnd end, Http2Error error);

    /// <summary>The stream is over, and its connection has forgotten it.</summary>
    void OnClosed();
}

/// <summary>Who or what ended a stream early.</summary>
internal enum StreamEnd
{
    /// <summary>The peer's RST_STREAM.</summary>
    Remote,

    /// <summary>The peer's message broke the protocol.</summary>
    Malformed,

    /// <summary>The peer has not begun with it and will not (GOAWAY, REFUSED_STREAM).</summary>
    Unprocessed,

    /// <summary>The connection is gone.</summary>
    Connection,

    /// <summary>The peer took nothing for too long.</summary>
    Timeout,
}
