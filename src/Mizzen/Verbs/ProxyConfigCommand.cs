using System.CommandLine;
using System.Text.Json.Nodes;
using Mizzen.Inspection;
using Mizzen.Pods;
using Mizzen.Resources.Reading;
using Mizzen.Terminal;

namespace Mizzen.Verbs;

/// <summary>What the parts of <c>proxy-config</c> have in common: which proxy or file, and the form of the output.</summary>
internal sealed class ProxyConfigCommand
{
    private const string DumpPage = "/config_dump?include_eds";
    private const string EndpointsPage = "/clusters?format=json";

    private readonly Argument<string?> _pod = new("POD") { Arity = ArgumentArity.ZeroOrOne, Description = "POD[.NAMESPACE], deploy/NAME, or the name of a workload." };
    private readonly Option<string?> _file = new("--file") { Description = "A dump that was saved (curl localhost:15000/config_dump?include_eds) instead of a pod's; - for standard input.", HelpName = "FILE" };
    private readonly Option<string> _format = new Option<string>("--output", "-o") { Description = "short (a table), json or yaml.", DefaultValueFactory = _ => "short" }.AcceptOnlyFromAmong("short", "json", "yaml");
    private readonly Option<string?> _namespace = ClusterOptions.Namespace();
    private readonly Option<string?> _kubeconfig = ClusterOptions.Kubeconfig();
    private readonly Option<Clusters.ClusterName> _name;

    private ProxyConfigCommand(bool isNameTaken) => _name = ClusterOptions.Name(isNameTaken);

    /// <summary>A part of the dump.</summary>
    public static Command Create(
        string name, string[] aliases, string description, IEnumerable<Option<string?>> filters, Func<ConfigDump, ParseResult, View> view, bool isNameTaken = false)
    {
        var parts = new ProxyConfigCommand(isNameTaken);
        return parts.Build(name, aliases, description, filters, async (result, cancellationToken) =>
            parts.Print(view(await parts.DumpAsync(result, cancellationToken), result), result));
    }

    /// <summary>Endpoints, which are on a page of their own.</summary>
    public static Command CreateForEndpoints(IEnumerable<Option<string?>> filters, Func<IReadOnlyList<JsonObject>, ParseResult, View> view)
    {
        var parts = new ProxyConfigCommand(isNameTaken: false);
        return parts.Build("endpoints", ["endpoint", "ep"], "Endpoints, by cluster", filters, async (result, cancellationToken) =>
        {
            var (text, source) = await parts.PageAsync(result, EndpointsPage, cancellationToken);
            parts.Print(view(EndpointTable.Parse(text, source), result), result);
        });
    }

    /// <summary>Everything: several tables, or the dump itself.</summary>
    public static Command CreateForAll(Func<ConfigDump, IReadOnlyList<View>> views)
    {
        var parts = new ProxyConfigCommand(isNameTaken: false);
        return parts.Build("all", ["a"], "Everything: tables, or the dump itself as JSON or YAML", [], async (result, cancellationToken) =>
        {
            var dump = await parts.DumpAsync(result, cancellationToken);
            if (result.GetValue(parts._format) != "short")
            {
                parts.PrintWhole(dump.ToJson(), result);
                return;
            }

            foreach (var view in views(dump))
            {
                parts.Print(view, result);
                Console.WriteLine();
            }
        });
    }

    private Command Build(string name, string[] aliases, string description, IEnumerable<Option<string?>> filters, Func<ParseResult, CancellationToken, Task> act)
    {
        var command = new Command(name, description) { _pod, _file, _format, _namespace };
        foreach (var filter in filters)
        {
            command.Options.Add(filter);
        }

        command.Options.Add(_name);
        command.Options.Add(_kubeconfig);
        foreach (var alias in aliases)
        {
            command.Aliases.Add(alias);
        }

        command.SetAction(async (result, cancellationToken) =>
        {
            await act(result, cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }

    private async Task<ConfigDump> DumpAsync(ParseResult result, CancellationToken cancellationToken)
    {
        var (text, source) = await PageAsync(result, DumpPage, cancellationToken);
        return ConfigDump.Parse(text, source);
    }

    private async Task<(string Text, string Source)> PageAsync(ParseResult result, string page, CancellationToken cancellationToken)
    {
        var text = result.GetValue(_pod);
        if (result.GetValue(_file) is { } file)
        {
            return text is null
                ? (file == "-" ? await Console.In.ReadToEndAsync(cancellationToken) : await ReadFileAsync(file, cancellationToken), file)
                : throw new UserErrorException("give either a pod or --file");
        }

        if (text is null)
        {
            throw new UserErrorException("which proxy? give POD[.NAMESPACE], deploy/NAME or the name of a workload (mizzen proxy-status lists them), or --file DUMP");
        }

        var api = ClusterConnection.Open(result.GetValue(_kubeconfig), result.GetValue(_name));
        var pod = await PodName.FindAsync(api, text, result.GetValue(_namespace), cancellationToken);
        return (await PodPage.OfProxyAsync(api, pod, page, cancellationToken), $"the proxy of {pod}");
    }

    private static async Task<string> ReadFileAsync(string file, CancellationToken cancellationToken) => File.Exists(file)
        ? await File.ReadAllTextAsync(file, cancellationToken)
        : throw new UserErrorException($"--file {file}: there is no such file");

    private void Print(View view, ParseResult result)
    {
        if (view.Rows is null || result.GetValue(_format) != "short")
        {
            PrintWhole(view.Rows is null && view.Items.Count == 1 ? view.Items[0].DeepClone() : new JsonArray([.. view.Items.Select(JsonNode (item) => item.DeepClone())]), result);
            return;
        }

        var rows = view.Items.SelectMany(view.Rows).ToList();
        Console.Write(rows.Count == 0 ? "there is nothing of that\n" : TableText.Align([view.Heading, .. rows]));
    }

    private void PrintWhole(JsonNode node, ParseResult result) =>
        Console.Write(result.GetValue(_format) == "yaml" ? YamlWriter.Write(node) : Json.Pretty(node));
}
