using System.Text.Json.Nodes;

namespace Mizzen.Resources.Schema;

/// <summary>The JSON types of a structural schema.</summary>
public enum SchemaType
{
    /// <summary>Anything.</summary>
    Any,

    /// <summary>An object: named properties, or a map.</summary>
    Object,

    /// <summary>A list.</summary>
    Array,

    /// <summary>A text.</summary>
    String,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number.</summary>
    Number,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A whole number or a text (<c>x-kubernetes-int-or-string</c>).</summary>
    IntOrString,
}

/// <summary>How the items of a list belong together (<c>x-kubernetes-list-type</c>).</summary>
public enum ListType
{
    /// <summary>One value, replaced as a whole.</summary>
    Atomic,

    /// <summary>Plain values, each at most once.</summary>
    Set,

    /// <summary>Objects told apart by key fields.</summary>
    Map,
}

/// <summary>
/// The shape of a kind as the API server enforces it: the OpenAPI v3 subset that Kubernetes calls a structural schema. Generated from
/// our records (<see cref="SchemaGenerator"/>) or read from a CustomResourceDefinition (<see cref="Parse"/>).
/// </summary>
public sealed record StructuralSchema
{
    /// <summary>The format of a number or text that is an amount and need not be whole.</summary>
    public const string QuantityFormat = "quantity";

    // Before FreeForm, which is made with it.
    private static readonly Dictionary<string, StructuralSchema> NoProperties = [];

    /// <summary>Anything goes: the schema of free-form subtrees.</summary>
    public static readonly StructuralSchema FreeForm = new() { Type = SchemaType.Any, PreserveUnknownFields = true };

    /// <summary>The JSON type.</summary>
    public SchemaType Type { get; init; }

    /// <summary>Whether null is a value.</summary>
    public bool Nullable { get; init; }

    /// <summary>Whether fields that are not listed are kept.</summary>
    public bool PreserveUnknownFields { get; init; }

    /// <summary>Whether the object is a whole Kubernetes object.</summary>
    public bool EmbeddedResource { get; init; }

    /// <summary>The fields of an object.</summary>
    public IReadOnlyDictionary<string, StructuralSchema> Properties { get; init; } = NoProperties;

    /// <summary>The values of a map; null unless the object is one.</summary>
    public StructuralSchema? AdditionalProperties { get; init; }

    /// <summary>The items of a list.</summary>
    public StructuralSchema? Items { get; init; }

    /// <summary>How list items belong together.</summary>
    public ListType ListType { get; init; }

    /// <summary>The fields that tell the items of a map list apart.</summary>
    public IReadOnlyList<string> ListMapKeys { get; init; } = [];

    /// <summary>Whether the object or map is owned and replaced as a whole.</summary>
    public bool AtomicMap { get; init; }

    /// <summary>Whether a strategic merge patch merges the list instead of replacing it.</summary>
    public bool PatchMerge { get; init; }

    /// <summary>The field by which a strategic merge patch tells list items apart; null for plain values.</summary>
    public string? PatchMergeKey { get; init; }

    /// <summary>Whether a patch that kubectl makes names the fields that stay (<c>retainKeys</c>).</summary>
    public bool PatchRetainKeys { get; init; }

    /// <summary>The value filled in when the field is absent.</summary>
    public JsonNode? Default { get; init; }

    /// <summary>The only values allowed; null for any.</summary>
    public IReadOnlyList<string>? Enum { get; init; }

    /// <summary>A regular expression that strings must match; null for any.</summary>
    public string? Pattern { get; init; }

    /// <summary>OpenAPI's format, for example <c>int32</c> or <c>date-time</c>.</summary>
    public string? Format { get; init; }

    /// <summary>What the field is for.</summary>
    public string? Description { get; init; }

    /// <summary>The smallest number allowed.</summary>
    public double? Minimum { get; init; }

    /// <summary>The largest number allowed.</summary>
    public double? Maximum { get; init; }

    /// <summary>The fewest characters of a string.</summary>
    public int? MinLength { get; init; }

    /// <summary>The most characters of a string.</summary>
    public int? MaxLength { get; init; }

    /// <summary>The fewest items of a list.</summary>
    public int? MinItems { get; init; }

    /// <summary>The most items of a list.</summary>
    public int? MaxItems { get; init; }

    /// <summary>The fields that must be there.</summary>
    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>Rules in CEL that the value must keep (<c>x-kubernetes-validations</c>).</summary>
    public IReadOnlyList<ValidationRule> Rules { get; init; } = [];

    /// <summary>The name under which OpenAPI documents list the schema, so that others point at it; null for one that stands in its place.</summary>
    public string? Definition { get; init; }

    /// <summary>The schema of a field, or null when the schema does not know it.</summary>
    public StructuralSchema? Property(string name) =>
        Properties.TryGetValue(name, out var property) ? property : AdditionalProperties;

    /// <summary>Reads an OpenAPI v3 schema as CustomResourceDefinitions carry it.</summary>
    public static StructuralSchema Parse(JsonObject schema) => SchemaReader.Read(schema);

    /// <summary>Writes the schema as OpenAPI v3, with Kubernetes' extensions.</summary>
    public JsonObject ToJson() => ToJson(static _ => null);

    /// <summary>Writes the schema as OpenAPI v3.</summary>
    /// <param name="reference">What to write in place of a schema below this one; null to write it out.</param>
    public JsonObject ToJson(Func<StructuralSchema, JsonObject?> reference) => new SchemaWriter(reference).Write(this);
}
