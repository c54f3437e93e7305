using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Http;

/// <summary>The upstream's side of one exchange, whatever the version of HTTP: what can be done to it.</summary>
internal abstract class ClientStream
{
    /// <summary>The connection under it; others may use it, too.</summary>
    public abstract ByteTransport Transport { get; }

    /// <summary>The connection has carried a request before: it may have been about to close.</summary>
    public abstract bool IsReused { get; }

    /// <summary>The request cannot be written as fast as it comes.</summary>
    public abstract bool IsCongested { get; }

    /// <summary>Sends the head of a request; its body follows by <see cref="WriteData"/> and <see cref="WriteEnd"/>.</summary>
    public abstract void Send(RequestHead head, IResponseHandler handler, bool endOfRequest);

    public abstract void WriteData(ReadOnlySpan<byte> data);

    public abstract void WriteEnd(Trailers? trailers);

    /// <summary>No more response data until <see cref="ResumeResponse"/>.</summary>
    public abstract void PauseResponse();

    public abstract void ResumeResponse();

    /// <summary>Drops the exchange; the handler hears nothing more.</summary>
    public abstract void Cancel();
}
