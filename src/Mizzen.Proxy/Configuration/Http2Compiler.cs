using Envoy.Config.Core.V3;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>Http2ProtocolOptions messages as models.</summary>
internal static class Http2Compiler
{
    private const uint SmallestWindow = 65_535;

    /// <summary>Streams that we take at once when nothing is said (Envoy's default since 1.36).</summary>
    private const uint DefaultStreams = 1024;

    public static Http2Model Compile(Http2ProtocolOptions? message, Problems problems)
    {
        if (message is null)
        {
            return Http2Model.Default;
        }

        using var scope = problems.At("http2_protocol_options");
        var defaults = Http2Model.Default;
        return new Http2Model
        {
            HeaderTableSize = (int)Math.Min(message.HpackTableSize ?? (uint)defaults.HeaderTableSize, 64 * 1024),
            MaxConcurrentStreams = (int)InRange("max_concurrent_streams", message.MaxConcurrentStreams ?? DefaultStreams, 1, int.MaxValue, problems),
            StreamWindow = Window("initial_stream_window_size", message.InitialStreamWindowSize, defaults.StreamWindow, problems),
            ConnectionWindow = Window("initial_connection_window_size", message.InitialConnectionWindowSize, defaults.ConnectionWindow, problems),
            AllowConnect = message.AllowConnect,
            KeepaliveInterval = Values.Milliseconds(message.ConnectionKeepalive?.Interval, 0),
            KeepaliveTimeout = Values.Milliseconds(message.ConnectionKeepalive?.Timeout, defaults.KeepaliveTimeout),
            MaxOutboundControlFrames = (int)InRange("max_outbound_control_frames", message.MaxOutboundControlFrames ?? (uint)defaults.MaxOutboundControlFrames, 1, int.MaxValue, problems),
            MaxConsecutiveEmptyFrames = (int)Math.Min(message.MaxConsecutiveInboundFramesWithEmptyPayload ?? (uint)defaults.MaxConsecutiveEmptyFrames, int.MaxValue),
            MaxPriorityFramesPerStream = (int)Math.Min(message.MaxInboundPriorityFramesPerStream ?? (uint)defaults.MaxPriorityFramesPerStream, int.MaxValue),
            MaxWindowUpdatesPerDataFrame = (int)InRange(
                "max_inbound_window_update_frames_per_data_frame_sent",
                message.MaxInboundWindowUpdateFramesPerDataFrameSent ?? (uint)defaults.MaxWindowUpdatesPerDataFrame, 1, int.MaxValue, problems),
        };
    }

    private static int Window(string field, uint? value, int fallback, Problems problems) =>
        value is null ? fallback : (int)InRange(field, value.Value, SmallestWindow, int.MaxValue, problems);

    private static uint InRange(string field, uint value, uint least, uint most, Problems problems)
    {
        if (value < least || value > most)
        {
            problems.Add($"{field}: {value} is not between {least} and {most}");
        }

        return Math.Clamp(value, least, most);
    }
}
