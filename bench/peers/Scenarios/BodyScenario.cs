using System.Globalization;
using Mizzen.Bench.Peers.Load;

namespace Mizzen.Bench.Peers.Scenarios;

/// <summary>Big bodies, one after the other over new connections: what a gigabyte costs.</summary>
/// <param name="name">How it is chosen.</param>
/// <param name="title">The line above its table.</param>
/// <param name="hop">What is spoken on both sides.</param>
/// <param name="file">The body, of the backend's.</param>
/// <param name="megabytes">Its size.</param>
internal sealed class BodyScenario(string name, string title, Hop hop, string file, int megabytes) : Scenario
{
    private const int Total = 1024;

    public override string Name => name;

    public override string Title => title;

    public override Wiring Wiring => new(hop, hop);

    public override string Compared => "CPU per GiB, ms";

    public override async Task<Dictionary<string, double>> MeasureAsync(ServerProcess server, Site site, PeersOptions options, int warmUpSeconds)
    {
        await ReadAsync(site, 1);
        var before = server.CpuSeconds();
        var began = TimeProvider.System.GetTimestamp();
        var count = Math.Max(1, Total / megabytes);
        await ReadAsync(site, count);
        var gigabytes = count * megabytes / 1024.0;
        return new()
        {
            [Compared] = (server.CpuSeconds() - before) * 1000 / gigabytes,
            ["GiB/s"] = gigabytes / TimeProvider.System.GetElapsedTime(began).TotalSeconds,
            ["memory after load, MiB"] = server.MemoryMegabytes(),
        };
    }

    private async Task ReadAsync(Site site, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await Downloads.ReadAsync(site.Port, string.Create(CultureInfo.InvariantCulture, $"/bodies/{file}"), megabytes * 1024L * 1024);
        }
    }
}
