using System.CommandLine;
using Mizzen.Clusters;
using Mizzen.Hosting;

namespace Mizzen.Verbs;

/// <summary><c>mizzen cluster-process</c>: what <c>up</c> and <c>demo</c> start inside the cluster's namespaces. Not for people.</summary>
internal static class ClusterProcessVerb
{
    public static Command Create()
    {
        var folder = new Argument<string>("DIRECTORY") { Description = "The cluster's directory." };
        var command = new Command("cluster-process", "Be a local cluster (started by 'up' and 'demo')") { folder };
        command.Hidden = true;
        command.SetAction(async (result, cancellationToken) =>
        {
            var directory = ClusterDirectory.At(result.GetValue(folder)!);
            await new ClusterProcess(directory, TimeProvider.System, Console.Out).RunAsync(cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }
}
