using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Mizzen.Resources.Schema;
using Mizzen.Resources.Tests.Schema;

namespace Mizzen.Resources.Tests.Kinds;

/// <summary>What the records of the kinds read they write again, and the schema describes exactly that.</summary>
public sealed class RoundTripTests
{
    public static TheoryData<string> Kinds => SchemaGeneratorTests.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_object_with_every_field_comes_back_the_same(string kind)
    {
        var type = SchemaGeneratorTests.Find(kind).ClrType;
        var schema = SchemaGenerator.For(type);
        var full = (JsonObject)Fill(schema, "")!;
        Assert.Empty(SchemaValidation.Validate(schema, full));
        Assert.Empty(SchemaValidation.UnknownFields(schema, full));
        Assert.Equal(Sorted(full), Sorted(Through(type, full)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void So_does_an_object_with_some_of_them(string kind)
    {
        var type = SchemaGeneratorTests.Find(kind).ClrType;
        var full = (JsonObject)Fill(SchemaGenerator.For(type), "")!;
        Gen.UInt.Sample(
            seed =>
            {
                var some = Thin(full, new Random((int)seed));
                some["metadata"] ??= new JsonObject();
                return Sorted(some) == Sorted(Through(type, some));
            },
            iter: 30);
    }

    [Fact]
    public void Every_kind_is_found_by_its_name_and_by_its_path() => Assert.All(KindCatalog.All, kind => Assert.All(kind.ServedVersions, version =>
    {
        Assert.Same(kind, KindCatalog.Find(kind.Group, version, kind.Kind));
        Assert.Same(kind, KindCatalog.FindByResource(kind.Group, version, kind.Plural));
    }));

    private static JsonNode? Through(Type type, JsonNode node) =>
        JsonSerializer.SerializeToNode(JsonSerializer.Deserialize(node, type, ResourceJson.Options), type, ResourceJson.Options);

    private static JsonNode? Fill(StructuralSchema schema, string name) => schema.Type switch
    {
        SchemaType.Object when schema.AdditionalProperties is { } values => new JsonObject { ["key/" + name] = Fill(values, name) },
        SchemaType.Object => new JsonObject(schema.Properties.Select(property => KeyValuePair.Create(property.Key, Fill(property.Value, property.Key)))),
        SchemaType.Array => new JsonArray(Fill(schema.Items!, name), Fill(schema.Items!, name)),
        SchemaType.String when schema.Format == "date-time" => "2026-01-02T03:04:05Z",
        SchemaType.String => schema.Enum?[0] ?? name + " \"ä<&",
        SchemaType.Integer => 7,
        SchemaType.Number => 0.5,
        SchemaType.Boolean => true,
        SchemaType.IntOrString => name.Length % 2 == 0 ? 80 : "http",
        _ => new JsonObject { ["free"] = new JsonArray("form", 1, null, new JsonObject { ["x"] = true }) },
    };

    private static JsonObject Thin(JsonObject json, Random random) => new(json
        .Where(_ => random.Next(3) > 0)
        .Select(field => KeyValuePair.Create(field.Key, field.Value is JsonObject inner && field.Key != "free" ? Thin(inner, random) : field.Value?.DeepClone())));

    private static string Sorted(JsonNode? node) => JsonSerializer.Serialize(Order(node), ResourceJson.Options);

    private static JsonNode? Order(JsonNode? node) => node switch
    {
        JsonObject json => new JsonObject(json.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => KeyValuePair.Create(field.Key, Order(field.Value)))),
        JsonArray array => new JsonArray([.. array.Select(Order)]),
        _ => node?.DeepClone(),
    };
}
