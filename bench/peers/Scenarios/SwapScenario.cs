using Mizzen.Bench.Peers.Contenders;
using Mizzen.Bench.Peers.Load;

namespace Mizzen.Bench.Peers.Scenarios;

/// <summary>What requests feel of a configuration that is replaced while they pass: ours with 1,000 clusters, made anew about once a second, beside the same one left alone.</summary>
internal sealed class SwapScenario : Scenario
{
    private const int Rate = 1_000;
    private const string Changing = "replaced each second";

    private static readonly string Watched = Path.Combine(Path.GetTempPath(), $"mizzen-peers-swap-{Environment.ProcessId}.pem");

    public override string Name => "swap";

    public override string Title => "1,000 clusters of 10 endpoints, 1,000 rps";

    public override string Compared => "p99.9, µs";

    public override IReadOnlyList<Contender> Own(string proxy) =>
    [
        new MizzenContender(Changing, proxy, clusters: 1_000, endpoints: 10, watched: Watched),
        new MizzenContender("left alone", proxy, clusters: 1_000, endpoints: 10),
    ];

    public override void Prepare(Certificates certificates) => File.Copy(certificates.Authority, Watched, overwrite: true);

    public override void CleanUp() => File.Delete(Watched);

    public override async Task<Dictionary<string, double>> MeasureAsync(ServerProcess server, Site site, PeersOptions options, int warmUpSeconds)
    {
        await Wrk.RunAsync(site.Port, "/", options.Connections, warmUpSeconds);
        using var stop = new CancellationTokenSource();
        var changing = ChangeAsync(site, stop.Token);
        var latencies = ConstantLoad.Measure(site.Port, Rate, TimeSpan.FromSeconds(Math.Max(5, options.Seconds)));
        await stop.CancelAsync();
        await changing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return new() { ["p50, µs"] = latencies.P50, ["p99, µs"] = latencies.P99, [Compared] = latencies.P999, ["longest, µs"] = latencies.Longest };
    }

    private static async Task ChangeAsync(Site site, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        while (site.Folder.EndsWith(Changing, StringComparison.Ordinal) && await timer.WaitForNextTickAsync(cancellationToken))
        {
            await File.AppendAllTextAsync(Watched, "\n", cancellationToken);
        }
    }
}
