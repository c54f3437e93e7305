using System.Text.Json;
using Mizzen.Resources.ApiExtensions;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Schema;

namespace Mizzen.Resources;

/// <summary>The CustomResourceDefinitions of the mesh's kinds, generated from their records: what <c>mizzen install</c> applies.</summary>
public static class CustomResourceDefinitions
{
    /// <summary>One definition per kind of the catalog that is not built in.</summary>
    public static IReadOnlyList<CustomResourceDefinition> All() => [.. KindCatalog.All.Where(kind => !kind.BuiltIn).Select(Define)];

    private static CustomResourceDefinition Define(ResourceKind kind) => new()
    {
        ApiVersion = "apiextensions.k8s.io/v1",
        Kind = "CustomResourceDefinition",
        Metadata = new ObjectMeta
        {
            Name = $"{kind.Plural}.{kind.Group}",
            Labels = new Dictionary<string, string> { ["app"] = "istio-pilot", ["release"] = "istio" },
        },
        Spec = new CustomResourceDefinitionSpec
        {
            Group = kind.Group,
            Scope = kind.Namespaced ? "Namespaced" : "Cluster",
            Names = new CustomResourceNames
            {
                Plural = kind.Plural,
                Singular = kind.Singular,
                Kind = kind.Kind,
                ListKind = kind.Kind + "List",
                ShortNames = kind.ShortNames,
                Categories = kind.Categories,
            },
            Versions = [.. kind.ServedVersions.Select(version => VersionOf(kind, version))],
        },
    };

    private static CustomResourceVersion VersionOf(ResourceKind kind, string version) => new()
    {
        Name = version,
        Served = true,
        Storage = version == kind.Version,
        Schema = new CustomResourceValidation { OpenApiV3Schema = SchemaOf(kind) },
        Subresources = kind.HasStatus ? new CustomResourceSubresources { Status = JsonSerializer.SerializeToElement(new object()) } : null,
        AdditionalPrinterColumns = kind.PrinterColumns,
    };

    // The API server knows apiVersion, kind and metadata by itself; a definition must not restrict them. Status is written by the
    // control plane, whose newer versions may say more than this one knows.
    private static JsonElement SchemaOf(ResourceKind kind)
    {
        var whole = SchemaGenerator.For(kind.ClrType);
        var schema = new StructuralSchema
        {
            Type = SchemaType.Object,
            Properties = new Dictionary<string, StructuralSchema>
            {
                ["spec"] = whole.Properties["spec"] is { Type: SchemaType.Object } spec
                    ? spec
                    : new StructuralSchema { Type = SchemaType.Object, PreserveUnknownFields = true },
                ["status"] = new() { Type = SchemaType.Object, PreserveUnknownFields = true },
            },
        };
        return JsonSerializer.SerializeToElement(schema.ToJson());
    }
}
