using System.CommandLine;
using System.Text.Json.Nodes;
using Mizzen.Inspection;
using Mizzen.Manifests;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;
using Mizzen.Terminal;

namespace Mizzen.Verbs;

/// <summary><c>mizzen validate -f</c>: what admission would say about files, without a cluster.</summary>
internal static class ValidateVerb
{
    public static Command Create()
    {
        var files = new Option<string[]>("--filename", "-f") { Description = "YAML or JSON: files, folders, or - for standard input.", HelpName = "PATH", AllowMultipleArgumentsPerToken = true };
        var paths = new Argument<string[]>("PATH") { Description = "The same without -f.", Arity = ArgumentArity.ZeroOrMore };
        var recursive = new Option<bool>("--recursive", "-R") { Description = "Look into the folders below, too." };
        var format = new Option<string>("--output", "-o") { Description = "text or json.", DefaultValueFactory = _ => "text" }.AcceptOnlyFromAmong("text", "json");
        var command = new VerbCommand(
            "validate",
            "Say what admission would say about files: unknown fields, wrong values, broken rules, each with its line",
            """
            mizzen validate -f reviews.yaml
            mizzen validate -f k8s/ --recursive        every file of a folder; exit code 1 when one would be refused
            helm template . | mizzen validate -f -
            """) { paths, files, recursive, format };
        command.Aliases.Add("v");
        command.SetAction(result =>
        {
            string[] named = [.. result.GetValue(files) ?? [], .. result.GetValue(paths) ?? []];
            if (named.Length == 0)
            {
                throw new UserErrorException("which files? give -f PATH (a file, a folder, or - for standard input)");
            }

            var read = ManifestFiles.ReadAll(named, result.GetValue(recursive));
            var problems = (List<Problem>)[.. read.Problems, .. read.Documents.SelectMany(ManifestValidation.Of)];
            var isRefused = problems.Any(problem => IstioCodes.IsError(problem.Code));
            Console.Write(result.GetValue(format) == "json" ? Json.Pretty(new JsonArray([.. problems.Select(JsonNode (problem) => FindingText.Json(problem))])) : Text(problems, read.Documents.Count));
            return isRefused ? ExitCode.Failure : ExitCode.Success;
        });
        return command;
    }

    private static string Text(List<Problem> problems, int objects)
    {
        var errors = problems.Count(problem => IstioCodes.IsError(problem.Code));
        var lines = problems.Select(FindingText.Line).Append(errors == 0
            ? $"{objects} object{(objects == 1 ? "" : "s")} valid{(problems.Count == 0 ? "" : ", with warnings")}"
            : $"{errors} error{(errors == 1 ? "" : "s")} in {objects} object{(objects == 1 ? "" : "s")}: not applied as they are");
        return string.Join('\n', lines) + "\n";
    }
}
