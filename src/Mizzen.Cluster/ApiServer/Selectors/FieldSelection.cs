using System.Text.Json;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.Storage;

namespace Mizzen.Cluster.ApiServer.Selectors;

/// <summary>A field selector: <c>metadata.name=x,status.phase!=Running</c>. An absent field counts as empty.</summary>
internal sealed class FieldSelection
{
    private readonly List<(string[] Path, string Value, bool Equal)> _requirements = [];

    /// <summary>The name when the selector is about one object only: list and watch then look at no other.</summary>
    public string? Name { get; private init; }

    /// <exception cref="StatusException">The text has another form, or names a field that the kind cannot be selected by.</exception>
    public static FieldSelection Parse(ServedKind kind, string text)
    {
        string? name = null;
        var requirements = new List<(string[], string, bool)>();
        foreach (var term in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var (field, value, equal) = ParseTerm(term);
            if (field is not ("metadata.name" or "metadata.namespace") && !kind.SelectableFields.Contains(field))
            {
                throw Errors.BadRequest($"field label not supported: {field}");
            }

            name = field == "metadata.name" && equal ? value : name;
            requirements.Add((field == "source" ? ["source", "component"] : field.Split('.'), value, equal));
        }

        var selection = new FieldSelection { Name = name };
        selection._requirements.AddRange(requirements);
        return selection;
    }

    public bool Matches(StoredObject stored) =>
        _requirements.All(requirement => IsSame(ValueAt(stored.Root, requirement.Path), requirement.Value) == requirement.Equal);

    private static (string Field, string Value, bool Equal) ParseTerm(string term)
    {
        var at = term.IndexOf('=', StringComparison.Ordinal);
        if (at < 1)
        {
            throw Errors.BadRequest($"invalid selector: '{term}'; can't understand '{term}'");
        }

        var negated = term[at - 1] == '!';
        var value = term[(at + 1)..].TrimStart('=');
        return (term[..(negated ? at - 1 : at)], Unescape(value), !negated);
    }

    private static string Unescape(string value) =>
        value.Replace("\\,", ",", StringComparison.Ordinal).Replace("\\=", "=", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);

    // Fields of Go are never absent: a bool that was not set is false, a number 0.
    private static bool IsSame(string actual, string wanted) => actual == wanted || (actual.Length == 0 && wanted is "false" or "0");

    private static string ValueAt(JsonElement element, string[] path)
    {
        foreach (var name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return "";
            }
        }

        return element.ValueKind switch
        {
            JsonValueKind.String => element.GetString()!,
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            JsonValueKind.Null => "",
            _ => element.GetRawText(),
        };
    }
}
