namespace Mizzen.Proxy.Http;

/// <summary>Takes one response from a codec; heads, spans and trailers are valid during the call only.</summary>
internal interface IResponseHandler
{
    /// <summary>An interim response (1xx but not 101).</summary>
    void OnInformational(ResponseHead head);

    void OnResponse(ResponseHead head, bool endOfResponse);

    void OnResponseData(ReadOnlySpan<byte> data);

    /// <summary>The response is complete (in a tunnel: the upstream sends no more).</summary>
    void OnResponseEnd(Trailers? trailers);

    /// <summary>The upstream does not read as fast as the request comes.</summary>
    void OnRequestCongested();

    void OnRequestDrained();

    /// <summary>No more will come. The last call.</summary>
    /// <param name="fault">What happened.</param>
    /// <param name="received">Bytes of a response had arrived.</param>
    void OnUpstreamGone(UpstreamFault fault, bool received);
}
