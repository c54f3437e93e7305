using System.Text.Json.Nodes;
using CsCheck;
using Mizzen.Resources.Reading;

namespace Mizzen.Resources.Tests.Reading;

public sealed class YamlWriterTests
{
    private static readonly string[] Hard =
    [
        "", " ", "x ", " x", "yes", "No", "null", "~", "0x1F", "007", "1e3", "1_000", ".5", "-", "- a", "a: b", "a:", "a #b", "#", "'", "\"", "\\", "*a", "&a", "!a",
        "%", "@", "`", "[", "{", "|", ">", "a\nb", "a\n", "\n", "\n\na", "a\n\n", "  a\nb", "a\r\nb", "\t", "a\tb", "ä😀", "\u0007", "<<", "---", "...", "y", "=", "?", "? a", "2001-01-01",
        "a,b", "a]", "key: |", "true", "1:20", "\u2028", "\u0085", "\ufeff",
    ];

    private static readonly Gen<string> Text = Gen.OneOf(Gen.Int[0, Hard.Length - 1].Select(index => Hard[index]), Gen.String[Gen.Char[' ', '~'], 0, 8]);

    private static readonly Gen<JsonNode?> Value = Below(3);

    [Fact]
    public void What_is_written_reads_back_the_same() => Value.Sample(
        json => JsonNode.DeepEquals(json, ResourceReader.ReadValue(YamlWriter.Write(json), "test")), iter: 3_000);

    [Fact]
    public void Every_hard_text_reads_back_the_same_wherever_it_stands() => Assert.All(Hard, text =>
    {
        JsonNode json = new JsonObject { ["value"] = text, ["list"] = new JsonArray(text, new JsonArray(text)), ["nested"] = new JsonObject { [text] = text } };
        Assert.Equal(json.ToJsonString(), ResourceReader.ReadValue(YamlWriter.Write(json), "test")!.ToJsonString());
    });

    [Fact]
    public void It_looks_as_people_write_it() => Assert.Equal(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: c
          labels: {}
        data:
          port: "80"
          script: |
            a
              b
        items:
        - name: a
          list:
          - 1
          - - x
        - []
        - null

        """,
        YamlWriter.Write(JsonNode.Parse(
            """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","labels":{}},"data":{"port":"80","script":"a\n  b\n"},"items":[{"name":"a","list":[1,["x"]]},[],null]}""")));

    private static Gen<JsonNode?> Below(int depth)
    {
        var scalar = Gen.OneOf(
            Text.Select(text => (JsonNode?)JsonValue.Create(text)),
            Gen.Long.Select(number => (JsonNode?)JsonValue.Create(number)),
            Gen.Double[-1e6, 1e6].Select(number => (JsonNode?)JsonValue.Create(number)),
            Gen.Bool.Select(flag => (JsonNode?)JsonValue.Create(flag)),
            Gen.Bool.Select(_ => (JsonNode?)null));
        return depth == 0
            ? scalar
            : Gen.OneOf(
                scalar,
                Below(depth - 1).Array[0, 3].Select(items => (JsonNode?)new JsonArray([.. items.Select(item => item?.DeepClone())])),
                Gen.Select(Text, Below(depth - 1)).Array[0, 3].Select(Object));
    }

    private static JsonNode? Object((string Name, JsonNode? Value)[] fields)
    {
        var json = new JsonObject();
        foreach (var (name, value) in fields)
        {
            json[name] = value?.DeepClone();
        }

        return json;
    }
}
