using System.CommandLine;
using Mizzen.Clusters;
using Mizzen.Demo;

namespace Mizzen.Verbs;

/// <summary><c>mizzen demo</c>: up, plus the time sample, plus what to try; with <c>--tour</c> the walk through its steps.</summary>
internal static class DemoVerb
{
    public static Command Create()
    {
        var options = new StartOptions();
        var tour = new Option<bool>("--tour") { Description = "Walk the nine steps and measure the effect of each." };
        var command = new Command("demo", "Start a cluster with the three-tier time app and say what to try") { tour };
        options.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            var wantsTour = result.GetValue(tour);
            if (wantsTour && RunningCluster.Find(options.NameIn(result)) is { } running)
            {
                return await WalkAsync(running, cancellationToken);
            }

            var settings = options.Read(result) with { Demo = true, Tour = wantsTour && !options.IsDetached(result) };
            var exit = await UpVerb.StartAsync(settings, cancellationToken);
            return wantsTour && exit == ExitCode.Success
                ? await WalkAsync(RunningCluster.Require(options.NameIn(result)), cancellationToken)
                : exit;
        });
        return command;
    }

    private static async Task<int> WalkAsync(RunningCluster cluster, CancellationToken cancellationToken)
    {
        var api = ClusterConnection.Open(kubeconfig: null, cluster.Name);
        await new Tour(api, new Uri(cluster.Record.Gateway), TimeProvider.System, Console.Out).WalkAsync(cancellationToken);
        return ExitCode.Success;
    }
}
