using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Transport;

/// <summary>
/// A connection as the layers above see it: delivers bytes, takes bytes, reports backpressure, closes by halves.
/// Encryption is another transport over this one; nobody above can tell.
/// </summary>
internal abstract class ByteTransport(EventLoop loop) : Pollable
{
    /// <summary>Unsent bytes above which <see cref="ITransportHandler.OnCongested"/> is called.</summary>
    public const int HighWatermark = 64 * 1024;

    /// <summary>Unsent bytes below which <see cref="ITransportHandler.OnDrained"/> is called.</summary>
    public const int LowWatermark = 16 * 1024;

    public EventLoop Loop { get; } = loop;

    /// <summary>Whom to tell. Set before the loop's next turn.</summary>
    public ITransportHandler? Handler { get; set; }

    public abstract NetAddress Local { get; }

    public abstract NetAddress Remote { get; }

    /// <summary>The system's error number of a connection that could not be made; 0 when there is none.</summary>
    public int ErrorNumber { get; protected set; }

    /// <summary>Words for a connection that failed above TCP (Envoy's upstream_transport_failure_reason); null when there are none.</summary>
    public string? FailureReason { get; protected set; }

    /// <summary>What a TLS handshake has established; null while there is none, and for plain connections.</summary>
    public virtual ConnectionSecurity? Security => null;

    /// <summary>The certificates that the peer has presented, its own first, in DER; none where there are none. Read from the session each time.</summary>
    public virtual IReadOnlyList<byte[]> PeerCertificates() => [];

    /// <summary>True between <see cref="ITransportHandler.OnCongested"/> and <see cref="ITransportHandler.OnDrained"/>.</summary>
    public abstract bool IsCongested { get; }

    /// <summary>Takes the bytes: staged, sent or queued. Never blocks, never calls back.</summary>
    public abstract void Write(ReadOnlySpan<byte> data);

    /// <summary>Delivers nothing until <see cref="ResumeReading"/>; the peer is slowed down by TCP.</summary>
    public abstract void PauseReading();

    public abstract void ResumeReading();

    /// <summary>Shows kept bytes to the handler again at the end of the turn, though nothing new has arrived.</summary>
    public abstract void RedeliverPending();

    /// <summary>Sends what is queued, then the end of our stream. Reading goes on.</summary>
    public abstract void ShutdownSend();

    /// <summary>
    /// Ends politely: what is queued is sent, then our end; what the peer still sends is discarded for a moment so that a reset cannot
    /// destroy our last bytes on their way. The handler hears nothing more.
    /// </summary>
    public abstract void Close();

    /// <summary>Ends at once and drops what is queued. With <paramref name="reset"/> the peer sees a reset.</summary>
    public abstract void Abort(bool reset = false);
}
