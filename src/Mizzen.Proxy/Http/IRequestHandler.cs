namespace Mizzen.Proxy.Http;

/// <summary>Takes one request from a codec; spans and trailers are valid during the call only.</summary>
internal interface IRequestHandler
{
    void OnRequestData(ReadOnlySpan<byte> data);

    /// <summary>The request is complete (in a tunnel: the client sends no more).</summary>
    void OnRequestEnd(Trailers? trailers);

    /// <summary>The client does not read as fast as the response comes.</summary>
    void OnResponseCongested();

    void OnResponseDrained();

    /// <summary>The client is gone before its response was complete. The last call.</summary>
    void OnClientGone();

    /// <summary>The body breaks the grammar. The last call; the codec has answered or closed.</summary>
    void OnRequestMalformed();
}
