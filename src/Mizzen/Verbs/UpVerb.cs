using System.CommandLine;
using Mizzen.Clusters;
using Mizzen.Manifests;

namespace Mizzen.Verbs;

/// <summary><c>mizzen up</c>: a cluster with the mesh in it.</summary>
internal static class UpVerb
{
    public static Command Create()
    {
        var options = new StartOptions();
        var manifests = new Option<string[]>("--filename", "-f")
        {
            Description = "YAML or JSON, files or folders, applied once the mesh is ready. May be given several times.",
            HelpName = "PATH",
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command("up", "Start a cluster on this machine with the mesh in it") { manifests };
        options.AddTo(command);
        command.SetAction((result, cancellationToken) => StartAsync(
            options.Read(result) with { Manifests = Resolve(result.GetValue(manifests) ?? []) },
            cancellationToken));
        return command;
    }

    /// <summary>Starts in the foreground (and then does not return) or in the background, as the settings say.</summary>
    public static async Task<int> StartAsync(ClusterSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Detached)
        {
            await new ClusterLauncher(TimeProvider.System, Console.Out).RunInBackgroundAsync(settings, cancellationToken);
            return ExitCode.Success;
        }

        ClusterLauncher.RunInForeground(settings);
        return ExitCode.Failure;
    }

    private static List<string> Resolve(IEnumerable<string> paths)
    {
        var resolved = new List<string>();
        foreach (var path in paths)
        {
            var full = Path.GetFullPath(path);
            if (!Path.Exists(full))
            {
                throw new UserErrorException($"-f {path}: there is no such file or folder");
            }

            // What is not YAML is refused now, not after the cluster has started.
            _ = ManifestFiles.Read(full);
            resolved.Add(full);
        }

        return resolved;
    }
}
