using System.Text.Json.Nodes;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.OpenApi;

/// <summary>The named schemas of one document: those of the kinds, and every named schema that they point at.</summary>
/// <param name="prefix">What stands before a name in a reference: <c>#/definitions/</c>.</param>
/// <param name="wrapReferences">Whether a reference may have no neighbours, as in OpenAPI v3.</param>
internal sealed class Definitions(string prefix, bool wrapReferences)
{
    private const string Kinds = "x-kubernetes-group-version-kind";
    private static readonly StructuralSchema Metadata = SchemaGenerator.For(typeof(ObjectMeta));
    private static readonly StructuralSchema Text = new() { Type = SchemaType.String };

    private readonly SortedDictionary<string, JsonObject> _definitions = new(StringComparer.Ordinal);

    /// <summary>Adds a kind, and its list.</summary>
    public void Add(OpenApiKind kind)
    {
        if (!_definitions.TryGetValue(kind.Definition, out var definition))
        {
            definition = Write(WithIdentity(kind.Schema));
            _definitions[kind.Definition] = definition;
            definition[Kinds] = new JsonArray();
        }

        ((JsonArray)definition[Kinds]!).Add(GroupVersionKind(kind));
    }

    public JsonObject Reference(OpenApiKind kind) => ReferenceTo(kind.Definition);

    public JsonObject ToJson() => new(_definitions.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value)));

    public static JsonObject GroupVersionKind(OpenApiKind kind) => new()
    {
        ["group"] = kind.Kind.Group,
        ["kind"] = kind.Kind.Kind,
        ["version"] = kind.Version,
    };

    private JsonObject Write(StructuralSchema schema)
    {
        var json = schema.ToJson(ReferenceOrNull);
        Adapt(json);
        return json;
    }

    private JsonObject? ReferenceOrNull(StructuralSchema schema)
    {
        if (schema.Definition is not { } name || schema.Properties.Count == 0)
        {
            return null;
        }

        if (_definitions.TryAdd(name, []))
        {
            _definitions[name] = Write(schema with { PatchRetainKeys = false });
        }

        return schema.PatchRetainKeys ? WithStrategy(ReferenceTo(name)) : ReferenceTo(name);
    }

    private JsonObject WithStrategy(JsonObject reference)
    {
        var json = wrapReferences ? new JsonObject { ["allOf"] = new JsonArray(reference) } : reference;
        json["x-kubernetes-patch-strategy"] = "retainKeys";
        return json;
    }

    private JsonObject ReferenceTo(string name) => new() { ["$ref"] = prefix + name };

    // A definition leaves to the server what every object has.
    private static StructuralSchema WithIdentity(StructuralSchema schema)
    {
        var properties = new Dictionary<string, StructuralSchema>(schema.Properties);
        properties.TryAdd("apiVersion", Text);
        properties.TryAdd("kind", Text);
        if (!properties.TryGetValue("metadata", out var metadata) || metadata.Properties.Count == 0)
        {
            properties["metadata"] = Metadata;
        }

        return new StructuralSchema
        {
            Type = SchemaType.Object,
            Description = schema.Description,
            Required = schema.Required,
            PreserveUnknownFields = schema.PreserveUnknownFields,
            Properties = properties,
        };
    }

    // Readers of both versions know a number or text as a text of this format, and do not know that null is a value.
    private static void Adapt(JsonNode? node)
    {
        if (node is not JsonObject json)
        {
            return;
        }

        if (json.ContainsKey("x-kubernetes-int-or-string"))
        {
            json["type"] = "string";
            json["format"] = "int-or-string";
        }

        json.Remove("nullable");
        foreach (var (_, property) in json["properties"] as JsonObject ?? [])
        {
            Adapt(property);
        }

        Adapt(json["items"]);
        Adapt(json["additionalProperties"]);
    }
}
