// Runs every contender in turn, several rounds, and prints medians: differences between rounds hit all of them alike.
using Mizzen.Bench.Peers;
using Mizzen.Bench.Peers.Contenders;

if (args is ["yarp", var port, var backend])
{
    await YarpProxy.RunAsync(port, backend);
    return;
}

var options = PeersOptions.Parse(args);
using var backendServer = Backend.Start(options.Folder);
Contender[] all =
[
    new MizzenContender(options.Proxy),
    new NginxContender(),
    new HaProxyContender(),
    new YarpContender(),
];
var contenders = all.Where(contender => options.Only.Count == 0 || options.Only.Contains(contender.Name)).ToArray();
var results = contenders.ToDictionary(contender => contender.Name, _ => new List<Round>());
try
{
    for (var round = 1; round <= options.Rounds; round++)
    {
        foreach (var contender in contenders)
        {
            Console.Error.WriteLine($"round {round} of {options.Rounds}: {contender.Name}");
            results[contender.Name].Add(await new Trial(options, backendServer).RunAsync(contender));
        }
    }
}
finally
{
    Directory.Delete(options.Folder, recursive: true);
}

Console.WriteLine(Report.Write(options, results));
