using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Mizzen.Resources.Reading;

/// <summary>
/// YAML nodes as JSON, with the scalar rules of Kubernetes' own tools: plain true, false, null, numbers; YAML 1.1's yes, no, on and
/// off are booleans as well; quoted text is text.
/// </summary>
internal sealed partial class YamlToJson(string source, List<Problem> problems)
{
    private const int DeepestNesting = 200;

    /// <summary>Where each field path stands, from line 1.</summary>
    public Dictionary<string, int> Lines { get; } = new(StringComparer.Ordinal);

    public JsonNode? Convert(YamlNode node) => Convert(node, "", 0);

    private JsonNode? Convert(YamlNode node, string path, int depth)
    {
        Lines[path] = (int)node.Start.Line;
        if (depth > DeepestNesting)
        {
            throw new YamlException(node.Start, node.End, $"nested deeper than {DeepestNesting} levels");
        }

        return node switch
        {
            YamlMappingNode mapping => ConvertMapping(mapping, path, depth),
            YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select((item, i) => Convert(item, $"{path}[{i}]", depth + 1))]),
            YamlScalarNode scalar => ConvertScalar(scalar),
            _ => throw new YamlException(node.Start, node.End, "an alias that leads nowhere"),
        };
    }

    private JsonObject ConvertMapping(YamlMappingNode mapping, string path, int depth)
    {
        var json = new JsonObject();
        foreach (var (key, value) in mapping.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? throw new YamlException(key.Start, key.End, "a key must be a plain text");
            var here = path.Length == 0 ? name : $"{path}.{name}";
            if (json.ContainsKey(name))
            {
                problems.Add(new Problem(ResourceReader.DuplicateKey, null, here, "this key stands here twice", "keep one of them", (int)key.Start.Line, source));
                continue;
            }

            json[name] = Convert(value, here, depth + 1);
            Lines[here] = (int)key.Start.Line;
        }

        return json;
    }

    private static JsonValue? ConvertScalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any) || scalar.Tag == "tag:yaml.org,2002:str")
        {
            return JsonValue.Create(text);
        }

        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" => JsonValue.Create(true),
            "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF" => JsonValue.Create(false),
            _ => ConvertNumber(text),
        };
    }

    private static JsonValue ConvertNumber(string text)
    {
        if (IntegerPattern.IsMatch(text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer))
        {
            return JsonValue.Create(integer);
        }

        if (text.StartsWith("0x", StringComparison.Ordinal) && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hexadecimal))
        {
            return JsonValue.Create(hexadecimal);
        }

        if (OctalPattern.IsMatch(text))
        {
            return JsonValue.Create(System.Convert.ToInt64(text.Replace("o", "", StringComparison.Ordinal), 8));
        }

        return FloatPattern.IsMatch(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? JsonValue.Create(number)
            : JsonValue.Create(text);
    }

    [GeneratedRegex("^[-+]?(0|[1-9][0-9]*)$", RegexOptions.CultureInvariant)]
    private static partial Regex IntegerPattern { get; }

    [GeneratedRegex("^0o?[0-7]{1,20}$", RegexOptions.CultureInvariant)]
    private static partial Regex OctalPattern { get; }

    [GeneratedRegex("^[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex FloatPattern { get; }
}
