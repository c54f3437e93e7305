using System.Globalization;
using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.Inspection;

/// <summary>Findings in istioctl's forms.</summary>
internal static class FindingText
{
    private const string Documentation = "https://istio.io/v1.31/docs/reference/config/analysis/";

    /// <summary><c>Error [IST0101] (VirtualService default/x file.yaml:12) Referenced host not found: "y"</c>, and the way out on a line of its own.</summary>
    public static string Line(Problem problem)
    {
        var about = string.Join(' ', new[] { Origin(problem), Reference(problem) }.Where(part => part.Length > 0));
        var text = $"{IstioCodes.LevelOf(problem.Code)} [{problem.Code}]{(about.Length == 0 ? "" : $" ({about})")} {Message(problem)}";
        return problem.Fix is null ? text : $"{text}\n      fix: {problem.Fix}";
    }

    /// <summary>istioctl's fields, and our own: the field and the fix.</summary>
    public static JsonObject Json(Problem problem)
    {
        var json = new JsonObject
        {
            ["code"] = problem.Code,
            ["documentationUrl"] = problem.Code.StartsWith("IST", StringComparison.Ordinal) ? $"{Documentation}{problem.Code.ToLowerInvariant()}/" : "docs/errors.md",
            ["level"] = IstioCodes.LevelOf(problem.Code).ToString(),
            ["message"] = Message(problem),
        };
        Put("origin", Origin(problem));
        Put("reference", Reference(problem));
        Put("field", problem.Path);
        Put("fix", problem.Fix ?? "");
        return json;

        void Put(string name, string value)
        {
            if (value.Length > 0)
            {
                json[name] = value;
            }
        }
    }

    public static string Message(Problem problem) => problem.Code switch
    {
        IstioCodes.SchemaValidationError => $"Schema validation error: {Field(problem)}{problem.Text}",
        IstioCodes.SchemaWarning => $"Schema validation warning: {Field(problem)}{problem.Text}",
        var code when code.StartsWith("MZ", StringComparison.Ordinal) && code is not (IstioCodes.UnknownField or ResourceReader.NotYaml) => Field(problem) + problem.Text,
        _ => problem.Text,
    };

    private static string Field(Problem problem) => problem.Path.Length == 0 ? "" : problem.Path + ": ";

    private static string Origin(Problem problem) => problem.Key?.ToString() ?? "";

    private static string Reference(Problem problem) =>
        problem.Source is null ? "" : problem.Line is { } line ? string.Create(CultureInfo.InvariantCulture, $"{problem.Source}:{line}") : problem.Source;
}
