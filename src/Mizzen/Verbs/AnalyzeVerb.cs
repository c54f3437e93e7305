using System.CommandLine;
using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Analysis;
using Mizzen.Inspection;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;
using Mizzen.Terminal;

namespace Mizzen.Verbs;

/// <summary><c>mizzen analyze</c>: what is wrong in files, in a cluster, and between the two; istioctl's flags, codes and exit codes.</summary>
internal static class AnalyzeVerb
{
    private static readonly string[] Levels = ["Info", "Warning", "Error"];

    public static Command Create()
    {
        var options = new AnalyzeOptions();
        var list = new Option<bool>("--list-analyzers", "-L") { Description = "Only say what is looked for." };
        var format = new Option<string>("--output", "-o") { Description = "text (also called log), json or yaml.", DefaultValueFactory = _ => "text" }.AcceptOnlyFromAmong("text", "log", "json", "yaml");
        var failure = Level("--failure-threshold", "The least level for which the exit code is 79: Info, Warning or Error.", "Error");
        var shown = Level("--output-threshold", "The least level that is shown.", "Info");
        var command = new VerbCommand(
            "analyze",
            "Find what is wrong in the mesh, in files before they are applied, and between the two",
            """
            mizzen analyze                                   the namespace 'default' of the cluster
            mizzen analyze -A --failure-threshold Warning    all of it; exit code 79 for a warning or worse
            mizzen analyze -f reviews.yaml                   the cluster as it would be with the file
            mizzen analyze --use-kube=false -R k8s/          files alone, for example in CI
            mizzen analyze --suppress "IST0102=Namespace testing"
            """) { list, format, failure, shown };
        options.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            if (result.GetValue(list))
            {
                Console.Write(string.Concat(Analyzers.All.Select(analyzer => $"* {analyzer.Name}:\n  {analyzer.Description} ({string.Join(", ", analyzer.Codes)})\n")));
                return ExitCode.Success;
            }

            var findings = await options.FindAsync(result, cancellationToken);
            var visible = findings.Where(problem => IsAtLeast(problem, result.GetValue(shown)!)).ToList();
            var isFailure = findings.Any(problem => IsAtLeast(problem, result.GetValue(failure)!));
            Print(visible, result.GetValue(format)!);
            if (result.GetValue(format) is "text" or "log")
            {
                Conclude(visible.Count > 0, isFailure, options.Scope(result));
            }

            return isFailure ? ExitCode.AnalyzersFoundIssues : ExitCode.Success;
        });
        return command;
    }

    private static Option<string> Level(string name, string description, string absent) =>
        new Option<string>(name) { Description = description, HelpName = "LEVEL", DefaultValueFactory = _ => absent }.AcceptOnlyFromAmong(Levels);

    private static bool IsAtLeast(Problem problem, string level) => IstioCodes.LevelOf(problem.Code) >= Enum.Parse<IstioLevel>(level);

    private static void Print(List<Problem> problems, string format)
    {
        var json = new JsonArray([.. problems.Select(JsonNode (problem) => FindingText.Json(problem))]);
        Console.Write(format switch
        {
            "json" => Json.Pretty(json),
            "yaml" => YamlWriter.Write(json),
            _ => string.Concat(problems.Select(problem => FindingText.Line(problem) + "\n")),
        });
    }

    private static void Conclude(bool hasFindings, bool isFailure, string scope)
    {
        if (isFailure)
        {
            Console.Error.WriteLine($"Error: Analyzers found issues when analyzing {scope}.\nSee docs/errors.md for the causes and the ways out of every code.");
        }
        else if (!hasFindings)
        {
            Console.WriteLine($"✔ No validation issues found when analyzing {scope}.");
        }
    }
}
