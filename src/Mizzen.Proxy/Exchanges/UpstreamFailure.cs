using System.Text;

using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;
using Mizzen.Proxy.Observation;

namespace Mizzen.Proxy.Exchanges;

/// <summary>How a failure on the way to the upstream is told: to the client, to the log, to the metrics. The words are Envoy's.</summary>
/// <param name="Status">Status of the answer.</param>
/// <param name="Flags">Response flags.</param>
/// <param name="Body">Body of the answer.</param>
/// <param name="BeforeResponse">Details when no response had begun.</param>
/// <param name="AfterResponse">Details when the response was cut short.</param>
/// <param name="TransportReason">%UPSTREAM_TRANSPORT_FAILURE_REASON%.</param>
internal sealed record UpstreamFailure(
    int Status, ResponseFlags Flags, byte[] Body, string BeforeResponse, string AfterResponse, string TransportReason)
{
    /// <summary>This proxy itself has too much. Not of an upstream, but told in the same way.</summary>
    public static UpstreamFailure NoMemory { get; } = new(503, ResponseFlags.OverloadManager, "envoy overloaded"u8.ToArray(), ResponseDetails.Overload, ResponseDetails.Overload, "");

    private static readonly UpstreamFailure Reset = Make(503, ResponseFlags.UpstreamConnectionTermination, "connection termination", "");
    private static readonly UpstreamFailure Timeout = Make(503, ResponseFlags.UpstreamConnectionFailure, "connection timeout", "");
    private static readonly UpstreamFailure Protocol = Make(502, ResponseFlags.UpstreamProtocolError, "protocol error", "");
    private static readonly UpstreamFailure RemoteReset = Make(503, ResponseFlags.UpstreamRemoteReset, "remote reset", "");
    private static readonly UpstreamFailure RefusedStream = Make(503, ResponseFlags.UpstreamRemoteReset, "remote refused stream reset", "");
    private static readonly UpstreamFailure Overflow = Make(503, ResponseFlags.UpstreamOverflow, "overflow", "");
    private static readonly UpstreamFailure Refused = Connect(Linux.ConnectionRefused);

    /// <summary>The failure behind a fault; <paramref name="error"/> is the system's error number of a failed connect.</summary>
    /// <remarks>A reason of the layer above TCP, where there is one, is told as it stands.</remarks>
    public static UpstreamFailure Of(UpstreamFault fault, int error, string? reason) => fault switch
    {
        UpstreamFault.ConnectFailed when reason is not null => Make(503, ResponseFlags.UpstreamConnectionFailure, "remote connection failure", reason),
        UpstreamFault.Reset when reason is not null => Make(503, ResponseFlags.UpstreamConnectionTermination, "connection termination", reason),
        UpstreamFault.ConnectFailed => error == Linux.ConnectionRefused ? Refused : Connect(error),
        UpstreamFault.ConnectTimeout => Timeout,
        UpstreamFault.Protocol => Protocol,
        UpstreamFault.Overflow => Overflow,
        UpstreamFault.RemoteReset => RemoteReset,
        UpstreamFault.Refused => RefusedStream,
        _ => Reset,
    };

    private static UpstreamFailure Connect(int error) =>
        Make(503, ResponseFlags.UpstreamConnectionFailure, "remote connection failure", $"delayed connect error: {Syscalls.Describe(error)}");

    private static UpstreamFailure Make(int status, ResponseFlags flags, string reason, string transportReason)
    {
        var body = $"upstream connect error or disconnect/reset before headers. reset reason: {reason}"
            + (transportReason.Length > 0 ? $", transport failure reason: {transportReason}" : "");
        var inside = (transportReason.Length > 0 ? $"{reason}|{transportReason}" : reason).Replace(' ', '_');
        return new UpstreamFailure(
            status,
            flags,
            Encoding.ASCII.GetBytes(body),
            $"upstream_reset_before_response_started{{{inside}}}",
            $"upstream_reset_after_response_started{{{inside}}}",
            transportReason);
    }
}
