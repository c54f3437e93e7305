using System.CommandLine;
using Mizzen.Clusters;

namespace Mizzen.Verbs;

/// <summary><c>mizzen down</c>: ends a cluster and everything in it.</summary>
internal static class DownVerb
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var name = ClusterOptions.Name();
        var all = new Option<bool>("--all") { Description = "End every cluster of this user." };
        var command = new Command("down", "End a cluster: its pods, networks and files") { name, all };
        command.SetAction((result, cancellationToken) => EndAsync(
            result.GetValue(all) ? [.. RunningCluster.All()] : [RunningCluster.Require(result.GetValue(name))],
            cancellationToken));
        return command;
    }

    private static async Task<int> EndAsync(IReadOnlyList<RunningCluster> clusters, CancellationToken cancellationToken)
    {
        foreach (var cluster in clusters)
        {
            await cluster.EndAsync(Grace, TimeProvider.System, cancellationToken);
            cluster.Directory.Delete();
            Console.WriteLine($"cluster {cluster.Name} ended");
        }

        return ExitCode.Success;
    }
}
