using Mizzen.Bench.Peers.Contenders;

namespace Mizzen.Bench.Peers.Scenarios;

/// <summary>One thing that proxies do, and what it costs them.</summary>
internal abstract class Scenario
{
    /// <summary>How it is chosen on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>The line above its table.</summary>
    public abstract string Title { get; }

    /// <summary>What is spoken.</summary>
    public virtual Wiring Wiring => Wiring.Http1;

    /// <summary>The figure of which our share of theirs is told.</summary>
    public abstract string Compared { get; }

    /// <summary>Contenders of its own instead of the usual ones; none for those.</summary>
    public virtual IReadOnlyList<Contender> Own(string proxy) => [];

    /// <summary>Before the first turn.</summary>
    public virtual void Prepare(Certificates certificates)
    {
    }

    /// <summary>After the last one, also when it has failed.</summary>
    public virtual void CleanUp()
    {
    }

    /// <summary>One turn of a contender that runs.</summary>
    /// <returns>Figures by their titles, in the order in which they are told.</returns>
    public abstract Task<Dictionary<string, double>> MeasureAsync(ServerProcess server, Site site, PeersOptions options, int warmUpSeconds);

    /// <summary>Processor time for each of what a load counts, µs, after a warm-up.</summary>
    protected static async Task<(double Microseconds, double PerSecond)> CostAsync(
        ServerProcess server, int warmUpSeconds, int seconds, Func<int, Task<(double Count, double Seconds)>> load)
    {
        await load(warmUpSeconds);
        var before = server.CpuSeconds();
        var (count, took) = await load(seconds);
        return ((server.CpuSeconds() - before) * 1e6 / count, count / took);
    }
}
