using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Http2;

/// <summary>What is counted about HTTP/2; the names are Envoy's statistics below <c>http2.</c> where Envoy has one.</summary>
internal enum Http2Counter
{
    /// <summary><c>header_overflow</c>: a field section was larger than allowed.</summary>
    HeaderOverflow,

    /// <summary><c>too_many_header_frames</c>: CONTINUATION frames without end.</summary>
    TooManyHeaderFrames,

    /// <summary><c>inbound_empty_frames_flood</c></summary>
    InboundEmptyFramesFlood,

    /// <summary><c>inbound_priority_frames_flood</c></summary>
    InboundPriorityFramesFlood,

    /// <summary><c>inbound_window_update_frames_flood</c></summary>
    InboundWindowUpdateFramesFlood,

    /// <summary><c>inbound_control_frames_flood</c>: SETTINGS and PING faster than anybody needs (not in Envoy).</summary>
    InboundControlFramesFlood,

    /// <summary><c>outbound_control_flood</c>: the peer makes us answer and does not read.</summary>
    OutboundControlFlood,

    /// <summary><c>premature_resets_flood</c>: streams are opened to be reset (Envoy counts it as an overload action).</summary>
    PrematureResetsFlood,

    /// <summary><c>rx_messaging_error</c>: malformed messages (RFC 9113 section 8.1.1).</summary>
    MessagingError,

    /// <summary><c>protocol_error</c>: connections ended because the peer broke the protocol (not in Envoy).</summary>
    ProtocolError,

    /// <summary><c>rx_reset</c></summary>
    ResetReceived,

    /// <summary><c>tx_reset</c></summary>
    ResetSent,

    /// <summary><c>trailers</c>: messages that ended with trailers.</summary>
    Trailers,

    /// <summary><c>goaway_sent</c></summary>
    GoAwaySent,

    /// <summary><c>stream_refused_errors</c>: streams beyond the limit, or that the peer has refused.</summary>
    StreamRefused,

    /// <summary><c>keepalive_timeout</c></summary>
    KeepaliveTimeout,

    /// <summary><c>tx_flush_timeout</c>: a peer took nothing of a complete message for too long.</summary>
    FlushTimeout,
}

/// <summary>Counts what happens on the connections of one loop and one side.</summary>
/// <param name="prefix">In front of the names: <c>http2</c> for clients, as in Envoy.</param>
/// <param name="count">Where counts go.</param>
internal sealed class Http2Counters(string prefix, Action<CounterKey, long> count)
{
    private static readonly string[] Names =
    [
        "header_overflow", "too_many_header_frames", "inbound_empty_frames_flood", "inbound_priority_frames_flood",
        "inbound_window_update_frames_flood", "inbound_control_frames_flood", "outbound_control_flood", "premature_resets_flood",
        "rx_messaging_error", "protocol_error", "rx_reset", "tx_reset", "trailers", "goaway_sent", "stream_refused_errors", "keepalive_timeout",
        "tx_flush_timeout",
    ];

    private readonly CounterKey[] _keys = [.. Names.Select(name => CounterKey.Plain($"{prefix}.{name}"))];

    public void Add(Http2Counter counter) => count(_keys[(int)counter], 1);
}
