using Mizzen.Bench.Peers.Contenders;
using Mizzen.Bench.Peers.Load;

namespace Mizzen.Bench.Peers.Scenarios;

/// <summary>Our proxy with much configuration beside our proxy with little.</summary>
internal sealed class SizeScenario : Scenario
{
    public override string Name => "size";

    public override string Title => "Clusters of 10 endpoints, each with a virtual host and route of its own; HTTP/1.1, 1 KiB";

    public override string Compared => "CPU per request, µs";

    public override IReadOnlyList<Contender> Own(string proxy) =>
    [
        new MizzenContender("1,000 clusters", proxy, clusters: 1_000, endpoints: 10),
        new MizzenContender("10 clusters", proxy, clusters: 10, endpoints: 10),
        new MizzenContender("1 cluster, 1 endpoint", proxy),
    ];

    public override async Task<Dictionary<string, double>> MeasureAsync(ServerProcess server, Site site, PeersOptions options, int warmUpSeconds)
    {
        var idle = server.MemoryMegabytes();
        var (microseconds, _) = await CostAsync(server, warmUpSeconds, options.Seconds, seconds => Wrk.RunAsync(site.Port, "/", options.Connections, seconds));
        return new() { [Compared] = microseconds, ["memory idle, MiB"] = idle, ["memory after load, MiB"] = server.MemoryMegabytes(), ["start to first answer, ms"] = server.StartTime.TotalMilliseconds };
    }
}
