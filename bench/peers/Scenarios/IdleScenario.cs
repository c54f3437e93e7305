using System.Net.Sockets;
using Mizzen.Bench.Peers.Load;

namespace Mizzen.Bench.Peers.Scenarios;

/// <summary>Connections that have had one request and wait for the next.</summary>
internal sealed class IdleScenario : Scenario
{
    private const int Connections = 10_000;

    public override string Name => "idle";

    public override string Title => "10,000 idle keep-alive connections";

    public override string Compared => "memory per connection, KiB";

    public override async Task<Dictionary<string, double>> MeasureAsync(ServerProcess server, Site site, PeersOptions options, int warmUpSeconds)
    {
        await Wrk.RunAsync(site.Port, "/", options.Connections, warmUpSeconds);
        var before = server.MemoryMegabytes();
        var cpu = server.CpuSeconds();
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < Connections; i++)
            {
                sockets.Add(await IdleConnection.OpenAsync(site.Port));
            }

            var opening = server.CpuSeconds() - cpu;
            return new()
            {
                [Compared] = (server.MemoryMegabytes() - before) * 1024 / Connections,
                ["memory of all, MiB"] = server.MemoryMegabytes(),
                ["CPU of connecting and one request, µs"] = opening * 1e6 / Connections,
            };
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }
}
