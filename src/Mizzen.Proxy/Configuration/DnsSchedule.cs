using Envoy.Config.Cluster.V3;
using Google.Protobuf.WellKnownTypes;

namespace Mizzen.Proxy.Configuration;

/// <summary>When the names of a cluster are to be resolved again (<c>dns_refresh_rate</c>, <c>dns_failure_refresh_rate</c>, <c>dns_jitter</c>). Pure.</summary>
internal static class DnsSchedule
{
    /// <summary>Envoy's default refresh rate.</summary>
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The time until the next attempt. Where the answer's time to live is to be respected, it is the usual five seconds at most: the system's
    /// resolver does not tell that time.
    /// </summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="failures">Attempts in a row that have failed until now.</param>
    /// <param name="random">Between 0 and 1: the part of the jitter that is added.</param>
    public static TimeSpan Next(Cluster cluster, int failures, double random)
    {
        var rate = Time(cluster.DnsRefreshRate) ?? Usual;
        rate = cluster.RespectDnsTtl && rate > Usual ? Usual : rate;
        return (failures > 0 ? AfterFailure(cluster.DnsFailureRefreshRate, failures) ?? rate : rate) + ((Time(cluster.DnsJitter) ?? TimeSpan.Zero) * random);
    }

    // Doubled with each failure, up to the limit.
    private static TimeSpan? AfterFailure(Cluster.Types.RefreshRate? rate, int failures)
    {
        if (Time(rate?.BaseInterval) is not { } first)
        {
            return null;
        }

        var most = Time(rate?.MaxInterval) ?? first * 10;
        var wanted = first * Math.Pow(2, Math.Min(failures - 1, 20));
        return wanted < most ? wanted : most;
    }

    private static TimeSpan? Time(Duration? duration) => duration is { } given && Values.Milliseconds(given, 0) is > 0 and var milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;
}
