using System.CommandLine;
using Mizzen.Clusters;

namespace Mizzen.Verbs;

/// <summary><c>mizzen kubeconfig</c>: what kubectl needs to know.</summary>
internal static class KubeconfigVerb
{
    public static Command Create()
    {
        var name = ClusterOptions.Name();
        var path = new Option<bool>("--path") { Description = "Print the file's path instead, for: export KUBECONFIG=$(mizzen kubeconfig --path)" };
        var command = new Command("kubeconfig", "Print the kubeconfig of a local cluster") { name, path };
        command.SetAction(async (result, cancellationToken) =>
        {
            var file = RunningCluster.Require(result.GetValue(name)).Directory.Kubeconfig;
            if (!File.Exists(file))
            {
                throw new UserErrorException("the cluster is still starting: its API server has no address yet");
            }

            await Console.Out.WriteAsync(result.GetValue(path) ? file + "\n" : await File.ReadAllTextAsync(file, cancellationToken));
            return ExitCode.Success;
        });
        return command;
    }
}
