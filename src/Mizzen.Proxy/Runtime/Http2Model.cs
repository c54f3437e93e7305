namespace Mizzen.Proxy.Runtime;

/// <summary>How HTTP/2 is spoken on one side (<c>envoy.config.core.v3.Http2ProtocolOptions</c>).</summary>
internal sealed record Http2Model
{
    public static Http2Model Default { get; } = new();

    /// <summary>Bytes of header table that the peer may use to us.</summary>
    public int HeaderTableSize { get; init; } = 4096;

    /// <summary>Streams that may be open at once: that a client may open to us, or that we open to an upstream.</summary>
    public int MaxConcurrentStreams { get; init; } = 1024;

    /// <summary>Bytes of body that a peer may send on a stream before we have passed them on.</summary>
    public int StreamWindow { get; init; } = 256 * 1024;

    /// <summary>Bytes of body that a peer may send on a connection before we have passed them on.</summary>
    public int ConnectionWindow { get; init; } = 1024 * 1024;

    /// <summary>Clients may open tunnels by extended CONNECT (RFC 8441).</summary>
    public bool AllowConnect { get; init; }

    /// <summary>Milliseconds between the pings that keep a connection alive; 0 for none.</summary>
    public long KeepaliveInterval { get; init; }

    /// <summary>Milliseconds after which an unanswered ping ends the connection.</summary>
    public long KeepaliveTimeout { get; init; } = 15_000;

    /// <summary>Frames of our own (answers to pings and settings, resets) that may wait for a peer which does not read.</summary>
    public int MaxOutboundControlFrames { get; init; } = 1000;

    /// <summary>Frames in a row that carry nothing.</summary>
    public int MaxConsecutiveEmptyFrames { get; init; } = 1;

    /// <summary>PRIORITY frames for each stream that was opened.</summary>
    public int MaxPriorityFramesPerStream { get; init; } = 100;

    /// <summary>WINDOW_UPDATE frames for each DATA frame that we have sent.</summary>
    public int MaxWindowUpdatesPerDataFrame { get; init; } = 10;
}
