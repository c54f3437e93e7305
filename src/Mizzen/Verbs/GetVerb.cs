using System.CommandLine;
using System.Text.Json;
using Mizzen.Manifests;
using Mizzen.Terminal;

namespace Mizzen.Verbs;

/// <summary><c>mizzen get</c>: objects as the server's table, or as YAML or JSON.</summary>
internal static class GetVerb
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var name = ClusterOptions.Name();
        var kubeconfig = ClusterOptions.Kubeconfig();
        var ns = ClusterOptions.Namespace();
        var all = new Option<bool>("--all-namespaces", "-A") { Description = "Look in every namespace." };
        var selector = new Option<string?>("--selector", "-l") { Description = "Only objects with these labels.", HelpName = "SELECTOR" };
        var format = new Option<string>("--output", "-o") { Description = "table, wide, yaml or json.", DefaultValueFactory = _ => "table" }
            .AcceptOnlyFromAmong("table", "wide", "yaml", "json");
        var kind = new Argument<string>("KIND") { Description = "For example: pods, deploy, virtualservice, vs." };
        var objectName = new Argument<string?>("NAME") { Arity = ArgumentArity.ZeroOrOne, Description = "One object; all of them without it." };
        var command = new Command("get", "Show objects of the cluster") { kind, objectName, ns, all, selector, format, name, kubeconfig };
        command.SetAction(async (result, cancellationToken) =>
        {
            var api = ClusterConnection.Open(result.GetValue(kubeconfig), result.GetValue(name));
            var served = await api.KindCalledAsync(result.GetValue(kind)!, cancellationToken);
            var scope = result.GetValue(all) ? null : result.GetValue(ns) ?? "default";
            var query = result.GetValue(selector) is { } labels ? "?labelSelector=" + Uri.EscapeDataString(labels) : "";
            var path = served.Path(scope, result.GetValue(objectName)) + query;
            Console.Write(result.GetValue(format) switch
            {
                "json" => (await api.GetAsync(path, cancellationToken)).ToJsonString(Indented) + "\n",
                "yaml" => ManifestFiles.ToYaml(await api.GetAsync(path, cancellationToken)),
                var shape => TableText.Render(
                    await api.GetTableAsync(path, cancellationToken),
                    wide: shape == "wide",
                    withNamespace: result.GetValue(all) && served.Namespaced),
            });
            return ExitCode.Success;
        });
        return command;
    }
}
