using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Upstream;

namespace Mizzen.Proxy.Filters;

/// <summary>What a filter has decided.</summary>
internal enum FilterVerdict
{
    /// <summary>The next filter's turn.</summary>
    Continue,

    /// <summary>The filter has answered; nothing more happens to the request.</summary>
    Responded,

    /// <summary>The filter has asked the host to wait, for time, for the body or for an answer from elsewhere; the next filter's turn comes then.</summary>
    Waiting,
}

/// <summary>
/// One step that a request takes between its route and its destination. Filters are compiled per destination and shared by all requests:
/// whatever belongs to one request lives in its record.
/// </summary>
internal abstract class HttpFilter
{
    public virtual FilterVerdict OnRequest(IFilterHost host) => FilterVerdict.Continue;

    /// <summary>What <see cref="IFilterHost.CollectBody"/> asked for has come: the whole body, or more of it than was asked for.</summary>
    public virtual FilterVerdict OnRequestBody(IFilterHost host, bool isComplete) => FilterVerdict.Continue;

    /// <summary>The response's head, the filters' own answers included; called in reverse order.</summary>
    public virtual void OnResponse(IFilterHost host, ResponseHead head)
    {
    }
}

/// <summary>The exchange as a filter sees it.</summary>
internal interface IFilterHost
{
    ExchangeRecord Record { get; }

    /// <summary>The loop's dice.</summary>
    FastRandom Random { get; }

    PeerIdentity Identity { get; }

    /// <summary>Is another one when the next request's turn has come: what was meant for this request must not meet that one.</summary>
    long RequestNumber { get; }

    EventLoop Loop { get; }

    /// <summary>The loop's way out, for filters that ask somebody.</summary>
    LoopUpstreams Upstreams { get; }

    /// <summary>The filter whose turn it is.</summary>
    HttpFilter Filter { get; }

    /// <summary>What the filter whose turn it is keeps about this request; null at first.</summary>
    object? State { get; set; }

    /// <summary>From <see cref="HttpFilter.OnRequest"/>: the request's body goes through this. At most one filter of a request may ask for it.</summary>
    void TransformRequest(IBodyTransform transform);

    /// <summary>The filter has made a call of gRPC out of the request.</summary>
    void BecomeGrpc();

    /// <summary>The request's body is not what it ought to be: answers 400, or breaks an answer that has begun.</summary>
    void RefuseBody(ReadOnlySpan<byte> text, string details);

    /// <summary>From <see cref="HttpFilter.OnResponse"/>: the response's body goes through this.</summary>
    void TransformResponse(IBodyTransform transform);

    /// <summary>Bytes of the body that were collected.</summary>
    long BodyLength { get; }

    /// <summary>Copies the beginning of the collected body; returns the length.</summary>
    int CopyBody(Span<byte> target);

    /// <summary>Adds one to a counter of this loop.</summary>
    void Count(CounterKey counter);

    /// <summary>Answers the request here. The filter must return <see cref="FilterVerdict.Responded"/>.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="body">Text; the message of an answer to gRPC.</param>
    /// <param name="flags">What happened.</param>
    /// <param name="details">Response code details.</param>
    /// <param name="grpcStatus">For gRPC clients; -1 for what follows from <paramref name="status"/>.</param>
    void Respond(int status, ReadOnlySpan<byte> body, ResponseFlags flags, string details, int grpcStatus = -1);

    /// <summary>Begins an answer, to which fields can be added before it is sent.</summary>
    ResponseHead BeginResponse(int status, ReadOnlySpan<byte> body);

    /// <summary>Sends an answer that was begun. The filter must return <see cref="FilterVerdict.Responded"/>.</summary>
    void Respond(ResponseHead reply, ReadOnlySpan<byte> body, ResponseFlags flags, string details);

    /// <summary>Goes on after that many milliseconds. The filter must return <see cref="FilterVerdict.Waiting"/>.</summary>
    void WaitFor(long milliseconds);

    /// <summary>
    /// Reads the body before anything is forwarded. <see cref="HttpFilter.OnRequestBody"/> is called when it is complete, or as soon as it is longer
    /// than <paramref name="limit"/>. A request without a body is complete at once. The filter must return what this returns.
    /// </summary>
    FilterVerdict CollectBody(int limit);

    /// <summary>Stops here until somebody answers. The filter must return <see cref="FilterVerdict.Waiting"/>.</summary>
    SuspendedRequest Suspend();

    /// <summary>Goes on behind the filter that had suspended the request.</summary>
    void Resume();
}

/// <summary>Changes a body on its way.</summary>
internal interface IBodyTransform : IDisposable
{
    void Write(ReadOnlySpan<byte> data, IBodySink sink);

    /// <summary>The transform puts the trailers into the body: nobody else gets them.</summary>
    bool TakesTrailers => false;

    /// <summary>The body is complete.</summary>
    void End(IBodySink sink, Trailers? trailers);
}

/// <summary>Where a changed body goes.</summary>
internal interface IBodySink
{
    void Write(ReadOnlySpan<byte> data);
}

/// <summary>A request that waits for an answer from outside its loop's turn. Whoever has the answer resumes it, once; a request that is over by then hears nothing.</summary>
internal sealed class SuspendedRequest(IFilterHost host)
{
    private readonly long _number = host.RequestNumber;

    /// <summary>The request has not ended meanwhile. To be asked on its loop only.</summary>
    public bool IsAlive => host.RequestNumber == _number;

    /// <summary>Goes on with what <paramref name="decide"/> says. Callable from any thread; it is called on the request's loop.</summary>
    public void Resume(Func<IFilterHost, FilterVerdict> decide) => host.Loop.Post(_ => ResumeHere(decide), null);

    /// <summary>The same on the request's own loop, at once.</summary>
    public void ResumeHere(Func<IFilterHost, FilterVerdict> decide)
    {
        if (IsAlive && decide(host) == FilterVerdict.Continue)
        {
            host.Resume();
        }
    }
}

/// <summary>What this proxy tells its peers about itself: values of x-envoy-peer-metadata-id and x-envoy-peer-metadata, both empty to tell nothing.</summary>
/// <param name="Id">The node's id.</param>
/// <param name="Metadata">Base64 of a serialized <c>google.protobuf.Struct</c>.</param>
internal sealed record PeerIdentity(byte[] Id, byte[] Metadata)
{
    public static PeerIdentity None { get; } = new([], []);
}
