using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources;
using Mizzen.Resources.Mesh;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Offline;

/// <summary>The mesh of objects that are at hand, from files or lists of an API, without a control plane.</summary>
public static class MeshObjects
{
    private static readonly (PropertyInfo Property, ResourceKind Kind)[] Lists =
    [
        .. typeof(ResourceSet).GetProperties()
            .Where(property => property.PropertyType is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) && type.GenericTypeArguments[0].IsAssignableTo(typeof(Resource)))
            .Select(property => (property, KindCatalog.All.Single(kind => kind.ClrType == property.PropertyType.GenericTypeArguments[0]))),
    ];

    private static readonly MethodInfo ReadListMethod = typeof(MeshObjects).GetMethod(nameof(ReadList), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>The kinds that a mesh is made of.</summary>
    public static IReadOnlyList<ResourceKind> Kinds { get; } = [.. Lists.Select(list => list.Kind)];

    /// <summary>The mesh of these objects; what breaks the rules of its kind is left out and told in <see cref="ResourceSet.Problems"/>.</summary>
    /// <param name="objects">Objects of any kinds.</param>
    /// <param name="mesh">Settings of the whole mesh.</param>
    public static ResourceSet Read(IReadOnlyList<JsonObject> objects, MeshConfig mesh)
    {
        var set = new ResourceSet { Mesh = mesh };
        var problems = new List<Problem>();
        foreach (var (property, kind) in Lists)
        {
            var mine = objects.Where(item => item.Text("kind") == kind.Kind && GroupOf(item) == kind.Group)
                .OrderBy(item => item.Text("metadata", "namespace"), StringComparer.Ordinal).ThenBy(item => item.Text("metadata", "name"), StringComparer.Ordinal);
            property.SetValue(set, ReadListMethod.MakeGenericMethod(kind.ClrType).Invoke(null, [mine, kind, problems]));
        }

        return set with { Problems = problems };
    }

    /// <summary>The settings in the mesh's ConfigMap; the defaults where there is none.</summary>
    /// <param name="objects">Objects, the ConfigMap <c>istio</c> perhaps among them.</param>
    /// <param name="rootNamespace">The namespace of the control plane.</param>
    /// <exception cref="FormatException">The text is no mesh configuration.</exception>
    public static MeshConfig ReadConfig(IReadOnlyList<JsonObject> objects, string rootNamespace)
    {
        var map = objects.FirstOrDefault(item => item.Text("kind") == "ConfigMap" && item.Text("metadata", "name") == "istio" && item.Text("metadata", "namespace") == rootNamespace);
        return ParseConfig(map.Text("data", "mesh"), "ConfigMap istio", rootNamespace);
    }

    /// <summary>Settings of the whole mesh as YAML.</summary>
    /// <exception cref="FormatException">The text is no mesh configuration.</exception>
    public static MeshConfig ParseConfig(string text, string source, string rootNamespace)
    {
        try
        {
            var read = ResourceReader.ReadValue(text, source) is { } node ? ResourceJson.FromNode<MeshConfig>(node) : new MeshConfig();
            return read with { RootNamespace = read.RootNamespace ?? rootNamespace };
        }
        catch (JsonException error)
        {
            throw new FormatException($"{source}: {error.Message}", error);
        }
    }

    private static List<T> ReadList<T>(IEnumerable<JsonObject> items, ResourceKind kind, List<Problem> problems)
        where T : Resource
    {
        var read = new List<T>();
        foreach (var item in items)
        {
            var found = kind.BuiltIn || kind.Group == GatewayApiValidation.Group ? [] : IstioValidation.Validate(kind.Kind, item);
            problems.AddRange(found);
            if (!found.Any(problem => IstioCodes.IsError(problem.Code)) && TryRead<T>(item, problems) is { } value)
            {
                read.Add(value);
            }
        }

        return read;
    }

    private static T? TryRead<T>(JsonObject item, List<Problem> problems)
        where T : Resource
    {
        try
        {
            return ResourceJson.FromNode<T>(item);
        }
        catch (JsonException error)
        {
            var key = new ResourceDocument(item, new SourceMap("", new Dictionary<string, int>())).Key;
            problems.Add(new Problem(IstioCodes.SchemaValidationError, key, (error.Path ?? "").TrimStart('$', '.'), error.Message, "see the field's documentation for its type"));
            return null;
        }
    }

    private static string GroupOf(JsonObject item)
    {
        var version = item.Text("apiVersion");
        var slash = version.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? "" : version[..slash];
    }
}
