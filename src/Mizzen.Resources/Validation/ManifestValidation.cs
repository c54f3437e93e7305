using Mizzen.Resources.Reading;
using Mizzen.Resources.Schema;

namespace Mizzen.Resources.Validation;

/// <summary>
/// What admission would say about an object in a file: whether its kind is known, each field that no kind has, each value that the schema
/// does not take, and the rules of its kind (<see cref="IstioValidation"/>, <see cref="GatewayApiValidation"/>). Every problem has its file and line.
/// </summary>
public static class ManifestValidation
{
    private static readonly string[] MeshGroups = ["networking.istio.io", "security.istio.io", "telemetry.istio.io", "extensions.istio.io"];

    /// <summary>Looks at one object.</summary>
    /// <param name="document">The object with its lines.</param>
    public static IReadOnlyList<Problem> Of(ResourceDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return [.. Unplaced(document).Select(problem => Place(problem, document.Lines)).OrderBy(problem => problem.Line ?? 0)];
    }

    /// <summary>A problem with the file and the line of its field.</summary>
    public static Problem Place(Problem problem, SourceMap lines)
    {
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentNullException.ThrowIfNull(lines);
        return problem with { Source = lines.Source, Line = lines.LineOf(problem.Path) };
    }

    private static IEnumerable<Problem> Unplaced(ResourceDocument document)
    {
        var (key, node) = (document.Key, document.Node);
        var version = node.Text("apiVersion")[(node.Text("apiVersion").IndexOf('/', StringComparison.Ordinal) + 1)..];
        if (KindCatalog.Find(key.Group ?? "", version, key.Kind) is not { } kind)
        {
            return KindProblems.Of(key, version);
        }

        var schema = SchemaGenerator.For(kind.ClrType);
        var unknown = SchemaValidation.UnknownFields(schema, node).Select(path => UnknownField(key, path, schema));
        var errors = SchemaValidation.Validate(schema, node).Select(error => new Problem(IstioCodes.SchemaValidationError, key, error.Path, error.Message)).ToList();
        var rules = MeshGroups.Contains(kind.Group) ? IstioValidation.Validate(key.Kind, node)
            : kind.Group == GatewayApiValidation.Group ? GatewayApiValidation.Validate(key.Kind, node) : [];
        return [.. unknown, .. Nameless(document), .. errors, .. rules.Where(rule => errors.All(error => error.Path != rule.Path))];
    }

    private static IEnumerable<Problem> Nameless(ResourceDocument document)
    {
        if (document.Node.Text("metadata", "name").Length == 0 && document.Node.Text("metadata", "generateName").Length == 0)
        {
            yield return new Problem(IstioCodes.SchemaValidationError, document.Key, "metadata.name", "Required value: name or generateName is required", "give the object a name");
        }
    }

    private static Problem UnknownField(Meta.ResourceKey key, string path, StructuralSchema schema)
    {
        var dot = path.LastIndexOf('.');
        var name = dot < 0 ? path : path[(dot + 1)..];
        var siblings = Parent(schema, dot < 0 ? "" : path[..dot])?.Properties.Keys ?? [];
        return new Problem(
            IstioCodes.UnknownField, key, path, $"unknown field \"{path}\"", NearNames.Of(name, siblings) is { Count: > 0 } near ? $"did you mean {string.Join(" or ", near)}?" : $"the fields here are {string.Join(", ", siblings.Order(StringComparer.Ordinal))}");
    }

    private static StructuralSchema? Parent(StructuralSchema schema, string path)
    {
        var current = (StructuralSchema?)schema;
        foreach (var part in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            var bracket = part.IndexOf('[', StringComparison.Ordinal);
            current = current?.Property(bracket < 0 ? part : part[..bracket]);
            for (var i = part.AsSpan().Count('['); i > 0; i--)
            {
                current = current?.Items ?? current?.AdditionalProperties;
            }
        }

        return current;
    }
}
