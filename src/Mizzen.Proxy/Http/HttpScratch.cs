namespace Mizzen.Proxy.Http;

/// <summary>Objects of one loop into which heads are read; whoever wants to keep one swaps it for an empty one.</summary>
internal sealed class HttpScratch
{
    public RequestHead Request = new();

    public ResponseHead Response { get; } = new();

    /// <summary>For answers composed here, which may happen while <see cref="Response"/> is being read.</summary>
    public ResponseHead LocalReply { get; } = new();

    public Trailers Trailers { get; } = new();
}
