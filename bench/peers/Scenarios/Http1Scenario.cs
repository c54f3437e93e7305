using Mizzen.Bench.Peers.Load;

namespace Mizzen.Bench.Peers.Scenarios;

/// <summary>Plain HTTP/1.1: processor, latency, memory, start.</summary>
internal sealed class Http1Scenario : Scenario
{
    private static readonly int[] Rates = [1_000, 10_000];

    public override string Name => "http1";

    public override string Title => "HTTP/1.1 keep-alive, 1 KiB";

    public override string Compared => "CPU per request, µs";

    public override async Task<Dictionary<string, double>> MeasureAsync(ServerProcess server, Site site, PeersOptions options, int warmUpSeconds)
    {
        var idle = server.MemoryMegabytes();
        var (microseconds, perSecond) = await CostAsync(server, warmUpSeconds, options.Seconds, seconds => Wrk.RunAsync(site.Port, "/", options.Connections, seconds));
        var figures = new Dictionary<string, double> { [Compared] = microseconds, ["requests/s on one core"] = perSecond };
        foreach (var rate in Rates)
        {
            var latencies = ConstantLoad.Measure(site.Port, rate, TimeSpan.FromSeconds(options.Seconds));
            figures[FormattableString.Invariant($"p50 at {rate:N0} rps, µs")] = latencies.P50;
            figures[FormattableString.Invariant($"p99 at {rate:N0} rps, µs")] = latencies.P99;
        }

        figures["memory idle, MiB"] = idle;
        figures["memory after load, MiB"] = server.MemoryMegabytes();
        figures["start to first answer, ms"] = server.StartTime.TotalMilliseconds;
        return figures;
    }
}
