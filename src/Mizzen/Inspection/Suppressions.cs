using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Reading;

namespace Mizzen.Inspection;

/// <summary>Findings that nobody wants to hear of: by option, or by an annotation of the object.</summary>
internal sealed class Suppressions
{
    private const string Annotation = "galley.istio.io/analyze-suppress";

    private readonly List<(string Code, Regex Object)> _rules;
    private readonly Dictionary<(string Kind, string? Namespace, string Name), string[]> _annotated;

    /// <param name="rules"><c>CODE=Kind name.namespace</c>, stars stand for anything.</param>
    /// <param name="objects">The objects, for their annotations.</param>
    /// <exception cref="UserErrorException">A rule has another form.</exception>
    public Suppressions(IReadOnlyList<string> rules, IEnumerable<JsonObject> objects)
    {
        _rules = [.. rules.SelectMany(rule => rule.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Select(Parse)];
        _annotated = objects.Select(item => (Item: item, Codes: item.At("metadata", "annotations").TextMap().GetValueOrDefault(Annotation)))
            .Where(entry => entry.Codes is not null)
            .DistinctBy(entry => KeyOf(entry.Item))
            .ToDictionary(entry => KeyOf(entry.Item), entry => entry.Codes!.Split(',', StringSplitOptions.TrimEntries));
    }

    public bool Hide(Problem problem) => problem.Key is { } key && (IsAnnotated(problem.Code, key) || _rules.Exists(rule => Applies(rule, problem.Code, key)));

    private bool IsAnnotated(string code, ResourceKey key) =>
        _annotated.TryGetValue((key.Kind, key.Namespace, key.Name), out var codes) && (codes.Contains(code) || codes.Contains("*"));

    private static bool Applies((string Code, Regex Object) rule, string code, ResourceKey key) =>
        (rule.Code == code || rule.Code == "*") && (rule.Object.IsMatch($"{key.Kind} {key.Name}.{key.Namespace}") || (key.Namespace is null && rule.Object.IsMatch($"{key.Kind} {key.Name}")));

    private static (string Code, Regex Object) Parse(string rule)
    {
        var equals = rule.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? (rule[..equals], new Regex("^" + Regex.Escape(rule[(equals + 1)..].Trim('"')).Replace("\\*", ".*", StringComparison.Ordinal) + "$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking))
            : throw new UserErrorException($"--suppress {rule}: write it like \"IST0102=Namespace testing\" or \"IST0108=Pod *.testing\"");
    }

    private static (string Kind, string? Namespace, string Name) KeyOf(JsonObject item) =>
        (item.Text("kind"), item.Text("metadata", "namespace") is { Length: > 0 } ns ? ns : null, item.Text("metadata", "name"));
}
