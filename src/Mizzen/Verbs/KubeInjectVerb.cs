using System.CommandLine;
using Mizzen.ControlPlane.Injection;
using Mizzen.ControlPlane.Offline;
using Mizzen.Manifests;
using Mizzen.Terminal;

namespace Mizzen.Verbs;

/// <summary><c>mizzen kube-inject</c>: puts the proxy into manifests, for clusters where no webhook does.</summary>
internal static class KubeInjectVerb
{
    public static Command Create()
    {
        var defaults = new InjectionSettings();
        var files = new Option<string[]>("--filename", "-f") { Description = "YAML or JSON: files, folders, or - for standard input.", HelpName = "PATH", Required = true, AllowMultipleArgumentsPerToken = true };
        var output = new Option<string?>("--output", "-o") { Description = "Write here instead of to standard output.", HelpName = "FILE" };
        var ns = ClusterOptions.Namespace();
        var istio = ClusterOptions.IstioNamespace();
        var meshConfig = new Option<string?>("--meshConfigFile") { Description = "The mesh's settings (what the ConfigMap istio holds under the key mesh); the defaults without it.", HelpName = "FILE" };
        var revision = new Option<string>("--revision", "-r") { Description = "The revision of the control plane.", HelpName = "REVISION", DefaultValueFactory = _ => defaults.Revision };
        var image = new Option<string>("--image") { Description = "The proxy's image.", HelpName = "IMAGE", DefaultValueFactory = _ => defaults.Image };
        var command = new VerbCommand(
            "kube-inject",
            "Put the proxy into workloads of files, where no webhook of the cluster does it",
            """
            mizzen kube-inject -f app.yaml | kubectl apply -f -
            mizzen kube-inject -f app.yaml -o app-injected.yaml --meshConfigFile mesh.yaml
            """) { files, output, ns, istio, meshConfig, revision, image };
        command.SetAction(result =>
        {
            var settings = new InjectionSettings
            {
                Image = result.GetValue(image)!,
                Revision = result.GetValue(revision)!,
                ControlPlaneNamespace = result.GetValue(istio)!,
                Mesh = Mesh(result.GetValue(meshConfig), result.GetValue(istio)!),
            };
            var text = Inject(result.GetValue(files) ?? [], result.GetValue(ns) ?? "default", settings);
            if (result.GetValue(output) is { } file)
            {
                File.WriteAllText(file, text);
            }
            else
            {
                Console.Write(text);
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static string Inject(string[] files, string ns, InjectionSettings settings)
    {
        try
        {
            return string.Join("---\n", ManifestFiles.ReadDocuments(files).Select(document => ManifestFiles.ToYaml(WorkloadInjector.Inject(document.Node, ns, settings))));
        }
        catch (FormatException error)
        {
            throw new UserErrorException(error.Message, error);
        }
    }

    private static Resources.Mesh.MeshConfig Mesh(string? file, string rootNamespace)
    {
        try
        {
            return file is null ? new Resources.Mesh.MeshConfig() : MeshObjects.ParseConfig(ManifestFiles.Sources(file).Single().Text, file, rootNamespace);
        }
        catch (FormatException error)
        {
            throw new UserErrorException(error.Message, error);
        }
    }
}
