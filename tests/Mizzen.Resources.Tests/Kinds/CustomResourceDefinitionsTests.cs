using System.Text.Json.Nodes;
using Mizzen.Resources.ApiExtensions;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Schema;
using Mizzen.Resources.Tests.Schema;
using Mizzen.Testing;

namespace Mizzen.Resources.Tests.Kinds;

public sealed class CustomResourceDefinitionsTests
{
    private static readonly IReadOnlyList<CustomResourceDefinition> All = CustomResourceDefinitions.All();

    public static TheoryData<string> Samples =>
        [.. Directory.EnumerateFiles(Repository.PathOf("samples"), "*.yaml", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Repository.Root, file)).Order()];

    [Fact]
    public void Every_kind_of_the_mesh_is_defined_and_no_other() => Assert.Equal(
        KindCatalog.All.Where(kind => !kind.BuiltIn).Select(kind => $"{kind.Plural}.{kind.Group}").Order(),
        All.Select(definition => definition.Metadata.Name!).Order());

    [Fact]
    public void Each_stores_exactly_one_of_the_versions_that_it_serves() => Assert.All(All, definition =>
    {
        Assert.Single(definition.Spec!.Versions!, version => version.Storage);
        Assert.All(definition.Spec.Versions!, version => Assert.True(version.Served));
    });

    [Fact]
    public void Each_schema_is_structural_and_leaves_metadata_alone() => Assert.All(All, definition => Assert.All(definition.Spec!.Versions!, version =>
    {
        var schema = (JsonObject)JsonNode.Parse(version.Schema!.OpenApiV3Schema!.Value.GetRawText())!;
        SchemaGeneratorTests.AssertStructural(schema, definition.Metadata.Name!);
        Assert.Equal(["spec", "status"], schema["properties"]!.AsObject().Select(property => property.Key));
    }));

    [Fact]
    public void A_virtual_service_shows_gateways_hosts_and_age() => Assert.Equal(
        ["Gateways .spec.gateways", "Hosts .spec.hosts", "Age .metadata.creationTimestamp"],
        Definition("virtualservices").Spec!.Versions![0].AdditionalPrinterColumns!.Select(column => $"{column.Name} {column.JsonPath}"));

    [Fact]
    public void A_definition_survives_YAML()
    {
        var json = ResourceJson.ToNode(Definition("destinationrules"));
        var read = ResourceReader.Read(YamlWriter.Write(json), "crd.yaml");
        Assert.True(JsonNode.DeepEquals(json, Assert.Single(read.Documents).Node));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_sample_fits_the_schemas(string file)
    {
        var read = ResourceReader.Read(File.ReadAllText(Repository.PathOf(file)), file);
        Assert.Empty(read.Problems);
        Assert.NotEmpty(read.Documents);
        Assert.All(read.Documents, document =>
        {
            var (apiVersion, kind) = (((string)document.Node["apiVersion"]!).Split('/'), (string)document.Node["kind"]!);
            var known = KindCatalog.Find(apiVersion.Length > 1 ? apiVersion[0] : "", apiVersion[^1], kind);
            Assert.True(known is not null, $"{file}: {document.Key} is of a kind that is not in the catalog");
            var schema = SchemaGenerator.For(known!.ClrType);
            Assert.Empty(SchemaValidation.Validate(schema, document.Node));
            Assert.Empty(SchemaValidation.UnknownFields(schema, document.Node));
        });
    }

    private static CustomResourceDefinition Definition(string plural) => All.Single(definition => definition.Spec!.Names!.Plural == plural);
}
