// A control plane with a mesh of some size, and simulated proxies in a process of their own: how long a route change takes until the last
// proxy has acknowledged it, what endpoint churn costs, and how much memory is used.
using System.Globalization;
using Mizzen.Bench.ControlPlane;

if (args is ["proxies", var address, var size, var count])
{
    await ProxyProcess.RunAsync(new Uri(address), new MeshSize(Number(size), Number(count)));
    return;
}

var options = BenchOptions.Parse(args);
Console.WriteLine(Report.Head);
foreach (var services in options.Services)
{
    Console.WriteLine(Report.Row(await new Trial(options, new MeshSize(services, options.Proxies)).RunAsync()));
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
