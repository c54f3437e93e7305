// Runs every contender in turn, several rounds, in every scenario, and prints medians.
using Mizzen.Bench.Peers;
using Mizzen.Bench.Peers.Contenders;
using Mizzen.Bench.Peers.Scenarios;

if (args is ["yarp", var port, var backend])
{
    await YarpProxy.RunAsync(port, backend);
    return;
}

var options = PeersOptions.Parse(args);
Contender[] all =
[
    new MizzenContender("mizzen", options.Proxy),
    new NginxContender(),
    new HaProxyContender(),
    new YarpContender(),
];
var contenders = all.Where(contender => options.Only.Count == 0 || options.Only.Contains(contender.Name)).ToList();
try
{
    File.WriteAllBytes(Path.Combine(options.Folder, "call"), new byte[5]);
    var certificates = Certificates.Create(options.Folder);
    foreach (var scenario in ScenarioList.All.Where(scenario => options.Scenarios.Count == 0 || options.Scenarios.Contains(scenario.Name)))
    {
        Console.WriteLine(Report.Write(options, scenario, await new Trial(options, scenario, certificates).RunAsync(contenders)));
    }
}
finally
{
    Directory.Delete(options.Folder, recursive: true);
}
