using System.Text;

namespace Mizzen.Proxy.Observation;

/// <summary>Names of <see cref="ResponseFlags"/> as access logs and metrics write them: <c>UH,URX</c>, <c>-</c> when there are none.</summary>
internal static class ResponseFlagText
{
    private static readonly (ResponseFlags Flag, string Short, string Long)[] Names =
    [
        (ResponseFlags.LocalHealthCheckFailed, "LH", "FailedLocalHealthCheck"),
        (ResponseFlags.NoHealthyUpstream, "UH", "NoHealthyUpstream"),
        (ResponseFlags.UpstreamRequestTimeout, "UT", "UpstreamRequestTimeout"),
        (ResponseFlags.LocalReset, "LR", "LocalReset"),
        (ResponseFlags.UpstreamRemoteReset, "UR", "UpstreamRemoteReset"),
        (ResponseFlags.UpstreamConnectionFailure, "UF", "UpstreamConnectionFailure"),
        (ResponseFlags.UpstreamConnectionTermination, "UC", "UpstreamConnectionTermination"),
        (ResponseFlags.UpstreamOverflow, "UO", "UpstreamOverflow"),
        (ResponseFlags.NoRouteFound, "NR", "NoRouteFound"),
        (ResponseFlags.DelayInjected, "DI", "DelayInjected"),
        (ResponseFlags.FaultInjected, "FI", "FaultInjected"),
        (ResponseFlags.RateLimited, "RL", "RateLimited"),
        (ResponseFlags.UnauthorizedExternalService, "UAEX", "UnauthorizedExternalService"),
        (ResponseFlags.DownstreamConnectionTermination, "DC", "DownstreamConnectionTermination"),
        (ResponseFlags.UpstreamRetryLimitExceeded, "URX", "UpstreamRetryLimitExceeded"),
        (ResponseFlags.StreamIdleTimeout, "SI", "StreamIdleTimeout"),
        (ResponseFlags.DownstreamProtocolError, "DPE", "DownstreamProtocolError"),
        (ResponseFlags.UpstreamProtocolError, "UPE", "UpstreamProtocolError"),
        (ResponseFlags.DurationTimeout, "DT", "DurationTimeout"),
        (ResponseFlags.NoClusterFound, "NC", "NoClusterFound"),
        (ResponseFlags.OverloadManager, "OM", "OverloadManagerTerminated"),
    ];

    private static readonly Dictionary<ResponseFlags, byte[]> ShortTexts = Single(entry => entry.Short);
    private static readonly Dictionary<ResponseFlags, byte[]> LongTexts = Single(entry => entry.Long);

    /// <summary>The short names; one flag, the usual case, costs no allocation.</summary>
    public static ReadOnlySpan<byte> Short(ResponseFlags flags) =>
        ShortTexts.TryGetValue(flags, out var text) ? text : Several(flags, static entry => entry.Short);

    /// <summary>The long names.</summary>
    public static ReadOnlySpan<byte> Long(ResponseFlags flags) =>
        LongTexts.TryGetValue(flags, out var text) ? text : Several(flags, static entry => entry.Long);

    /// <summary>The flag of a short name; none when there is no such flag.</summary>
    public static ResponseFlags Of(string name)
    {
        foreach (var entry in Names)
        {
            if (entry.Short == name)
            {
                return entry.Flag;
            }
        }

        return ResponseFlags.None;
    }

    private static Dictionary<ResponseFlags, byte[]> Single(Func<(ResponseFlags Flag, string Short, string Long), string> text)
    {
        var all = Names.ToDictionary(entry => entry.Flag, entry => Encoding.ASCII.GetBytes(text(entry)));
        all[ResponseFlags.None] = "-"u8.ToArray();
        return all;
    }

    private static byte[] Several(ResponseFlags flags, Func<(ResponseFlags Flag, string Short, string Long), string> text) =>
        Encoding.ASCII.GetBytes(string.Join(',', Names.Where(entry => flags.HasFlag(entry.Flag)).Select(text)));
}
