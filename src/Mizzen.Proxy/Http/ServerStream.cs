namespace Mizzen.Proxy.Http;

/// <summary>The client's side of one exchange, whatever the version of HTTP: what can be done to it.</summary>
internal abstract class ServerStream
{
    /// <summary>Who gets the rest of the request; cleared when the exchange is over.</summary>
    public IRequestHandler? Handler { get; set; }

    /// <summary>The response cannot be written as fast as it comes.</summary>
    public abstract bool IsCongested { get; }

    /// <summary>The request has been read to its end.</summary>
    public abstract bool IsRequestComplete { get; }

    /// <summary>An interim response (1xx).</summary>
    public abstract void WriteInformational(ResponseHead head);

    /// <summary>The response head. <paramref name="local"/>: it does not wait for the rest of the request.</summary>
    public abstract void WriteHead(ResponseHead head, bool endOfResponse, bool local = false);

    public abstract void WriteData(ReadOnlySpan<byte> data);

    /// <summary>Ends the response. The stream must not be used afterwards unless it is a tunnel whose request side is still open.</summary>
    public abstract void WriteEnd(Trailers? trailers);

    /// <summary>No more request data until <see cref="ResumeRequest"/>.</summary>
    public abstract void PauseRequest();

    public abstract void ResumeRequest();

    /// <summary>After a 101 was written: bytes pass as they are, in both directions.</summary>
    public abstract void StartTunnel();

    /// <summary>Gives up: the client sees that its response is broken.</summary>
    public abstract void Reset();
}
