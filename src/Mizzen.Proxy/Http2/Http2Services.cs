using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Http2;

/// <summary>What the HTTP/2 connections of one loop share; streams are used again and again.</summary>
internal sealed class Http2Services(EventLoop loop, HttpScratch scratch, Action<CounterKey, long> count)
{
    private const int Kept = 1024;

    private readonly Stack<Http2ServerStream> _serverStreams = new();
    private readonly Stack<Http2ClientStream> _clientStreams = new();

    public EventLoop Loop { get; } = loop;

    public HttpScratch Scratch { get; } = scratch;

    public HpackScratch Hpack { get; } = new();

    /// <summary>Counts of the connections from clients.</summary>
    public Http2Counters Downstream { get; } = new("http2", count);

    /// <summary>Counts of the connections to upstreams.</summary>
    public Http2Counters Upstream { get; } = new("cluster.http2", count);

    public Http2ServerStream RentServerStream() => _serverStreams.TryPop(out var stream) ? stream : new Http2ServerStream();

    public Http2ClientStream RentClientStream() => _clientStreams.TryPop(out var stream) ? stream : new Http2ClientStream();

    /// <summary>Takes a stream back that nobody uses any more.</summary>
    public void Return(Http2ServerStream stream) => Keep(_serverStreams, stream);

    /// <inheritdoc cref="Return(Http2ServerStream)"/>
    public void Return(Http2ClientStream stream) => Keep(_clientStreams, stream);

    private static void Keep<T>(Stack<T> free, T stream)
    {
        if (free.Count < Kept)
        {
            free.Push(stream);
        }
    }
}
