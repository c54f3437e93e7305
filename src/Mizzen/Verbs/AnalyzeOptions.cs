using System.CommandLine;
using Mizzen.Clusters;
using Mizzen.ControlPlane.Analysis;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Offline;
using Mizzen.Inspection;
using Mizzen.Manifests;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.Verbs;

/// <summary>What is analyzed: which files, which cluster, which of its namespaces, and what is not to be told.</summary>
internal sealed class AnalyzeOptions
{
    private readonly Argument<string[]> _paths = new("FILE") { Description = "YAML or JSON: files or folders, or - for standard input.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string[]> _files = new("--filename", "-f") { Description = "The same as FILE.", HelpName = "PATH", AllowMultipleArgumentsPerToken = true };
    private readonly Option<bool> _recursive = new("--recursive", "-R") { Description = "Look into the folders below, too." };
    private readonly Option<bool> _useKube = new("--use-kube", "-k") { Description = "Look at the cluster, too; --use-kube=false looks at the files alone.", DefaultValueFactory = _ => true };
    private readonly Option<bool> _all = new("--all-namespaces", "-A") { Description = "Look at every namespace." };
    private readonly Option<string?> _namespace = ClusterOptions.Namespace();
    private readonly Option<string?> _meshConfig = new("--meshConfigFile") { Description = "The mesh's settings, instead of those of the cluster.", HelpName = "FILE" };
    private readonly Option<string[]> _suppress = new("--suppress", "-S") { Description = "Do not tell: CODE=Kind name.namespace; stars stand for anything. The annotation galley.istio.io/analyze-suppress on an object does the same.", HelpName = "CODE=OBJECT" };
    private readonly Option<string> _istio = ClusterOptions.IstioNamespace();
    private readonly Option<ClusterName> _name = ClusterOptions.Name();
    private readonly Option<string?> _kubeconfig = ClusterOptions.Kubeconfig();

    public void AddTo(Command command)
    {
        command.Arguments.Add(_paths);
        foreach (var option in new Option[] { _files, _recursive, _useKube, _all, _namespace, _meshConfig, _suppress, _istio, _name, _kubeconfig })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What was looked at, in words.</summary>
    public string Scope(ParseResult result) =>
        !result.GetValue(_useKube) ? "the files" : result.GetValue(_all) ? "all namespaces" : $"namespace: {Namespace(result)}";

    /// <summary>Everything that is found and is to be told, errors first.</summary>
    public async Task<IReadOnlyList<Problem>> FindAsync(ParseResult result, CancellationToken cancellationToken)
    {
        string[] named = [.. result.GetValue(_files) ?? [], .. result.GetValue(_paths) ?? []];
        if (!result.GetValue(_useKube) && named.Length == 0)
        {
            throw new UserErrorException("with --use-kube=false there is nothing to look at: name files");
        }

        var read = ManifestFiles.ReadAll(named, result.GetValue(_recursive));
        var objects = new ObjectSet();
        if (result.GetValue(_useKube))
        {
            await AddLiveAsync(objects, result, cancellationToken);
        }

        objects.Apply(read.Documents, Namespace(result));
        var suppressions = new Suppressions(result.GetValue(_suppress) ?? [], objects.Objects);
        IEnumerable<Problem> found = [.. read.Problems, .. read.Documents.SelectMany(ManifestValidation.Of), .. Analyze(objects, result)];
        return
        [
            .. found.Select(objects.Place).Where(problem => IsInScope(problem, result) && !suppressions.Hide(problem))
                .DistinctBy(problem => (problem.Code, problem.Key, problem.Path, problem.Text))
                .OrderByDescending(problem => IstioCodes.LevelOf(problem.Code)).ThenBy(problem => problem.Code, StringComparer.Ordinal).ThenBy(problem => problem.Key?.ToString(), StringComparer.Ordinal),
        ];
    }

    private async Task AddLiveAsync(ObjectSet objects, ParseResult result, CancellationToken cancellationToken)
    {
        var api = ClusterConnection.Open(result.GetValue(_kubeconfig), result.GetValue(_name));
        var (live, leftOut) = await LiveObjects.ReadAsync(api, cancellationToken);
        objects.Add(live);
        foreach (var problem in leftOut)
        {
            await Console.Error.WriteLineAsync($"mizzen: not looked at: {problem}");
        }
    }

    private IReadOnlyList<Problem> Analyze(ObjectSet objects, ParseResult result)
    {
        var mesh = MeshSnapshot.Of(MeshObjects.Read(objects.Objects, Config(objects, result)));
        return [.. mesh.Problems, .. Analyzers.Run(new AnalysisInput(mesh, objects.Objects))];
    }

    private MeshConfig Config(ObjectSet objects, ParseResult result)
    {
        var root = result.GetValue(_istio)!;
        try
        {
            return result.GetValue(_meshConfig) is { } file
                ? MeshObjects.ParseConfig(ManifestFiles.Sources(file).Single().Text, file, root)
                : MeshObjects.ReadConfig(objects.Objects, root);
        }
        catch (FormatException error)
        {
            throw new UserErrorException(error.Message, error);
        }
    }

    private bool IsInScope(Problem problem, ParseResult result) =>
        problem.Source is not null || result.GetValue(_all) || !result.GetValue(_useKube)
        || (problem.Key is { } key && (key.Namespace ?? (key.Kind == "Namespace" ? key.Name : null)) == Namespace(result));

    private string Namespace(ParseResult result) => result.GetValue(_namespace) ?? "default";
}
