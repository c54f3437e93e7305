using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Mizzen.Resources.Reading;

/// <summary>One document of a YAML stream as JSON, with the line of every field; of a key that stands twice the last value counts.</summary>
internal sealed class YamlToJson(IParser parser, string source, List<Problem> problems)
{
    private const string MergeKey = "<<";
    private const int DeepestNesting = 200;

    // Aliases of aliases grow without end from a few lines; no honest document comes near this.
    private const int MostAliasedValues = 200_000;

    private readonly Dictionary<AnchorName, JsonNode?> _anchors = [];
    private int _aliasedValues;

    /// <summary>Where each field path stands, from line 1.</summary>
    public Dictionary<string, int> Lines { get; } = new(StringComparer.Ordinal);

    /// <exception cref="YamlException">The text is not YAML, or nested or repeated beyond reason.</exception>
    public JsonNode? ReadDocument()
    {
        parser.Consume<DocumentStart>();
        var node = ReadValue("", 0);
        parser.Consume<DocumentEnd>();
        return node;
    }

    private JsonNode? ReadValue(string path, int depth)
    {
        var start = parser.Current ?? throw new YamlException("the text ends in the middle");
        Lines[path] = (int)start.Start.Line;
        if (depth > DeepestNesting)
        {
            throw new YamlException(start.Start, start.End, $"nested deeper than {DeepestNesting} levels");
        }

        var value = start switch
        {
            AnchorAlias => ReadAlias(),
            MappingStart => ReadMapping(path, depth),
            SequenceStart => ReadSequence(path, depth),
            _ => YamlScalar.Value(parser.Consume<Scalar>()),
        };
        if (start is NodeEvent { Anchor.IsEmpty: false } node)
        {
            _anchors[node.Anchor] = value;
        }

        return value;
    }

    private JsonNode? ReadAlias()
    {
        var alias = parser.Consume<AnchorAlias>();
        if (!_anchors.TryGetValue(alias.Value, out var value))
        {
            throw new YamlException(alias.Start, alias.End, $"the alias *{alias.Value} leads nowhere");
        }

        _aliasedValues += SizeOf(value);
        return _aliasedValues <= MostAliasedValues
            ? value?.DeepClone()
            : throw new YamlException(alias.Start, alias.End, $"aliases stand for more than {MostAliasedValues} values");
    }

    private JsonArray ReadSequence(string path, int depth)
    {
        parser.Consume<SequenceStart>();
        var array = new JsonArray();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            array.Add(ReadValue($"{path}[{array.Count}]", depth + 1));
        }

        return array;
    }

    private JsonObject ReadMapping(string path, int depth)
    {
        parser.Consume<MappingStart>();
        var json = new JsonObject();
        var merged = new List<JsonObject>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = parser.Current is Scalar ? parser.Consume<Scalar>() : throw NoKey(parser.Current);
            if (key is { Value: MergeKey, Style: ScalarStyle.Plain })
            {
                merged.AddRange(ReadMerged(path, depth));
                continue;
            }

            var name = NameOf(key);
            var here = path.Length == 0 ? name : $"{path}.{name}";
            if (json.ContainsKey(name))
            {
                problems.Add(new Problem(ResourceReader.DuplicateKey, null, here, "this key stands here twice", "keep one of them", (int)key.Start.Line, source));
            }

            json[name] = ReadValue(here, depth + 1);
            Lines[here] = (int)key.Start.Line;
        }

        foreach (var (name, value) in merged.SelectMany(other => other))
        {
            json.TryAdd(name, value?.DeepClone());
        }

        return json;
    }

    private IEnumerable<JsonObject> ReadMerged(string path, int depth)
    {
        var start = parser.Current!;
        return ReadValue(path, depth + 1) switch
        {
            JsonObject json => [json],
            JsonArray array when array.All(item => item is JsonObject) => array.OfType<JsonObject>(),
            _ => throw new YamlException(start.Start, start.End, "'<<' merges objects only"),
        };
    }

    private static string NameOf(Scalar key) => YamlScalar.Value(key) switch
    {
        null => throw new YamlException(key.Start, key.End, "a key may not be null"),
        var value when value.GetValueKind() == JsonValueKind.String => (string)value!,
        var value => value.ToJsonString(),
    };

    private static YamlException NoKey(ParsingEvent? at) =>
        new(at?.Start ?? default, at?.End ?? default, "a key must be a plain text");

    private static int SizeOf(JsonNode? node) => node switch
    {
        JsonObject json => 1 + json.Sum(member => SizeOf(member.Value)),
        JsonArray array => 1 + array.Sum(SizeOf),
        _ => 1,
    };
}
