using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Cluster.Expressions;
using Mizzen.Cluster.Storage;
using Mizzen.Resources;
using Mizzen.Resources.ApiExtensions;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Kinds;

/// <summary>What a stored CustomResourceDefinition makes the server serve: one kind per served version.</summary>
internal static class CustomKinds
{
    private static readonly StructuralSchema Text = new() { Type = SchemaType.String };

    public static IReadOnlyList<ServedKind> Of(StoredObject stored)
    {
        var definition = ResourceJson.Deserialize<CustomResourceDefinition>(stored.Json);
        var established = definition.Status?.Conditions?.Any(condition => condition is { Type: "Established", Status: "True" }) ?? false;
        return established && definition.Spec is { Names: not null, Versions: not null } spec
            ? [.. spec.Versions!.Where(version => version.Served).OrderBy(version => version.Name, VersionOrder.Instance).Select(version => Make(spec, version))]
            : [];
    }

    private static ServedKind Make(CustomResourceDefinitionSpec spec, CustomResourceVersion version)
    {
        var names = spec.Names!;
        var stored = spec.Versions!.FirstOrDefault(candidate => candidate.Storage) ?? version;
        var schema = Whole(version.Schema?.OpenApiV3Schema);
        return new ServedKind
        {
            Group = spec.Group,
            Version = version.Name,
            Kind = names.Kind,
            ListKind = names.ListKind ?? names.Kind + "List",
            Plural = names.Plural,
            Singular = names.Singular ?? names.Kind.ToLowerInvariant(),
            Namespaced = spec.Scope == "Namespaced",
            Storage = new ResourceName(spec.Group, names.Plural),
            StorageApiVersion = $"{spec.Group}/{stored.Name}",
            Schema = schema,
            HasRules = SchemaRules.HasRules(schema),
            Description = Describe(spec, version),
            ShortNames = names.ShortNames ?? [],
            Categories = names.Categories ?? [],
            HasStatus = version.Subresources?.Status is not null,
            Scale = version.Subresources?.Scale is { } scale
                ? new ScalePaths(scale.SpecReplicasPath, scale.StatusReplicasPath, scale.LabelSelectorPath)
                : null,
            SelectableFields = [.. (version.SelectableFields ?? []).Select(field => field.JsonPath.TrimStart('.'))],
            DeprecationWarning = version.Deprecated == true
                ? version.DeprecationWarning ?? $"{spec.Group}/{version.Name} {names.Kind} is deprecated"
                : null,
        };
    }

    private static ResourceKind Describe(CustomResourceDefinitionSpec spec, CustomResourceVersion version) => new(
        spec.Group,
        version.Name,
        [.. spec.Versions!.Where(served => served.Served).Select(served => served.Name)],
        spec.Names!.Kind,
        spec.Names.Plural,
        spec.Names.Singular ?? spec.Names.Kind.ToLowerInvariant(),
        spec.Names.ShortNames ?? [],
        spec.Names.Categories ?? [],
        spec.Scope == "Namespaced",
        version.Subresources?.Status is not null,
        version.Subresources?.Scale is not null,
        BuiltIn: false,
        typeof(Resource))
    {
        PrinterColumns = version.AdditionalPrinterColumns ?? [],
    };

    // Every object has a head, whatever the definition says of its body.
    private static StructuralSchema Whole(JsonElement? schema)
    {
        var body = schema is { } json && JsonObject.Create(json) is { } node
            ? StructuralSchema.Parse(node)
            : new StructuralSchema { Type = SchemaType.Object, PreserveUnknownFields = true };
        return body with
        {
            Type = SchemaType.Object,
            Properties = new Dictionary<string, StructuralSchema>(body.Properties)
            {
                ["apiVersion"] = Text,
                ["kind"] = Text,
                ["metadata"] = SchemaGenerator.For(typeof(ObjectMeta)),
            },
        };
    }
}
