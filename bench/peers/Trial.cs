using Mizzen.Bench.Peers.Contenders;
using Mizzen.Bench.Peers.Scenarios;

namespace Mizzen.Bench.Peers;

/// <summary>All rounds of one scenario: contenders take turns, so that what disturbs the machine hits all of them alike.</summary>
internal sealed class Trial(PeersOptions options, Scenario scenario, Certificates certificates)
{
    /// <summary>The figures of each contender's rounds, by its name.</summary>
    public async Task<Dictionary<string, List<Dictionary<string, double>>>> RunAsync(IReadOnlyList<Contender> usual)
    {
        var own = scenario.Own(options.Proxy);
        var contenders = (own.Count > 0 ? own : usual).Where(contender => contender.Speaks(scenario.Wiring)).ToList();
        var results = contenders.ToDictionary(contender => contender.Name, _ => new List<Dictionary<string, double>>());
        var backendHop = scenario.Wiring.Out.Protocol == Protocol.Tcp ? new Hop(Protocol.Http1) : scenario.Wiring.Out;
        using var backend = Backend.Start(options.Folder, backendHop, certificates);
        scenario.Prepare(certificates);
        try
        {
            for (var round = 1; round <= options.Rounds; round++)
            {
                foreach (var contender in contenders)
                {
                    Console.Error.WriteLine($"{scenario.Name}, round {round} of {options.Rounds}: {contender.Name}");
                    results[contender.Name].Add(await TurnAsync(contender, backend));
                }
            }
        }
        finally
        {
            scenario.CleanUp();
        }

        return results;
    }

    private async Task<Dictionary<string, double>> TurnAsync(Contender contender, Backend backend)
    {
        var folder = Directory.CreateDirectory(Path.Combine(options.Folder, contender.Name.Replace('/', '-'))).FullName;
        var wiring = contender.Own ?? scenario.Wiring;
        var site = new Site(folder, ServerProcess.FreePort(), backend.Port, wiring, certificates);
        using var server = await ServerProcess.StartAsync(
            0, contender.Command(site), site.Port, contender.Environment, isPlain: wiring.In is { Protocol: Protocol.Http1, Security: Security.None });
        return await scenario.MeasureAsync(server, site, options, contender.WarmUpSeconds);
    }
}
