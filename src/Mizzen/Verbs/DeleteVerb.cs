using System.CommandLine;
using Mizzen.Api;
using Mizzen.Manifests;

namespace Mizzen.Verbs;

/// <summary><c>mizzen delete</c>: by kind and name, or everything that files name.</summary>
internal static class DeleteVerb
{
    public static Command Create()
    {
        var name = ClusterOptions.Name();
        var kubeconfig = ClusterOptions.Kubeconfig();
        var ns = ClusterOptions.Namespace();
        var files = new Option<string[]>("--filename", "-f") { Description = "Delete what these files name.", HelpName = "PATH" };
        var kind = new Argument<string?>("KIND") { Arity = ArgumentArity.ZeroOrOne, Description = "For example: pod, virtualservice." };
        var objectNames = new Argument<string[]>("NAME") { Arity = ArgumentArity.ZeroOrMore, Description = "The objects' names." };
        var command = new Command("delete", "Delete objects") { kind, objectNames, files, ns, name, kubeconfig };
        command.SetAction(async (result, cancellationToken) =>
        {
            var api = ClusterConnection.Open(result.GetValue(kubeconfig), result.GetValue(name));
            var defaultNamespace = result.GetValue(ns) ?? "default";
            var targets = new List<(ServedKind Kind, string? Namespace, string Name)>();
            foreach (var node in (result.GetValue(files) ?? []).SelectMany(ManifestFiles.Read))
            {
                var served = await api.KindOfAsync(node, cancellationToken);
                var (space, id) = KubernetesApi.IdentityOf(node, served, defaultNamespace);
                targets.Add((served, space, id));
            }

            if (result.GetValue(kind) is { } word)
            {
                var served = await api.KindCalledAsync(word, cancellationToken);
                targets.AddRange((result.GetValue(objectNames) ?? []).Select(id => (served, served.Namespaced ? defaultNamespace : null, id)));
            }

            return targets.Count > 0
                ? await DeleteAsync(api, targets, cancellationToken)
                : throw new UserErrorException("nothing to delete: give KIND and NAME, or -f PATH");
        });
        return command;
    }

    private static async Task<int> DeleteAsync(
        KubernetesApi api, List<(ServedKind Kind, string? Namespace, string Name)> targets, CancellationToken cancellationToken)
    {
        var exit = ExitCode.Success;
        foreach (var (kind, ns, name) in targets)
        {
            if (await api.DeleteAsync(kind, ns, name, cancellationToken))
            {
                Console.WriteLine($"{kind.DisplayName} \"{name}\" deleted");
            }
            else
            {
                await Console.Error.WriteLineAsync($"mizzen: {kind.Plural} \"{name}\" not found");
                exit = ExitCode.Failure;
            }
        }

        return exit;
    }
}
