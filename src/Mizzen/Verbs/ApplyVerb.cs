using System.CommandLine;
using Mizzen.Api;
using Mizzen.Manifests;

namespace Mizzen.Verbs;

/// <summary><c>mizzen apply -f</c>: server-side apply for machines without kubectl.</summary>
internal static class ApplyVerb
{
    public static Command Create()
    {
        var name = ClusterOptions.Name();
        var kubeconfig = ClusterOptions.Kubeconfig();
        var ns = ClusterOptions.Namespace();
        var files = new Option<string[]>("--filename", "-f")
        {
            Description = "YAML or JSON: files, folders, or - for standard input.",
            HelpName = "PATH",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command("apply", "Apply objects, as 'kubectl apply --server-side' does") { files, ns, name, kubeconfig };
        command.SetAction(async (result, cancellationToken) =>
        {
            var api = ClusterConnection.Open(result.GetValue(kubeconfig), result.GetValue(name));
            var failed = false;
            foreach (var node in (result.GetValue(files) ?? []).SelectMany(ManifestFiles.Read))
            {
                failed |= !await ApplyOneAsync(api, node, result.GetValue(ns) ?? "default", cancellationToken);
            }

            return failed ? ExitCode.Failure : ExitCode.Success;
        });
        return command;
    }

    // One refused object does not keep the others from being applied: kubectl does the same.
    private static async Task<bool> ApplyOneAsync(
        KubernetesApi api, System.Text.Json.Nodes.JsonObject node, string ns, CancellationToken cancellationToken)
    {
        try
        {
            Console.WriteLine(await api.ApplyAsync(node, ns, cancellationToken));
            return true;
        }
        catch (UserErrorException error)
        {
            await Console.Error.WriteLineAsync($"mizzen: {(string?)node["kind"]} {(string?)node["metadata"]?["name"]}: {error.Message}");
            return false;
        }
    }
}
