namespace Mizzen.Bench.Peers.Scenarios;

/// <summary>What a request costs that is made in a certain way.</summary>
internal sealed class RequestScenario(
    string name, string title, Wiring wiring, Func<Site, PeersOptions, int, Task<(double Requests, double Seconds)>> load, string of = "request") : Scenario
{
    public override string Name => name;

    public override string Title => title;

    public override Wiring Wiring => wiring;

    public override string Compared => $"CPU per {of}, µs";

    public override async Task<Dictionary<string, double>> MeasureAsync(ServerProcess server, Site site, PeersOptions options, int warmUpSeconds)
    {
        var (microseconds, perSecond) = await CostAsync(server, warmUpSeconds, options.Seconds, seconds => load(site, options, seconds));
        return new() { [Compared] = microseconds, [$"{of}s/s under this load"] = perSecond };
    }
}
