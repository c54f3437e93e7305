using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mizzen.Resources.Reading;

/// <summary>Writes JSON as YAML for people: block style, text quoted only where a reader would take it for something else.</summary>
public static class YamlWriter
{
    /// <summary>The YAML text, ended by a line break.</summary>
    public static string Write(JsonNode? node)
    {
        var text = new StringBuilder();
        WriteValue(text, node, 0, afterKey: false);
        return text.ToString();
    }

    private static void WriteValue(StringBuilder text, JsonNode? node, int indent, bool afterKey)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } json:
                text.Append(afterKey ? "\n" : "");
                WriteMembers(text, json, indent, skipFirstIndent: false);
                break;
            case JsonArray { Count: > 0 } array:
                text.Append(afterKey ? "\n" : "");
                WriteItems(text, array, indent, skipFirstIndent: false);
                break;
            default:
                text.Append(afterKey ? " " : "").Append(Scalar(node, indent)).Append('\n');
                break;
        }
    }

    private static void WriteMembers(StringBuilder text, JsonObject json, int indent, bool skipFirstIndent)
    {
        foreach (var (name, value) in json)
        {
            text.Append(' ', skipFirstIndent ? 0 : indent).Append(Plain(name)).Append(':');
            skipFirstIndent = false;
            WriteValue(text, value, value is JsonArray ? indent : indent + 2, afterKey: true);
        }
    }

    private static void WriteItems(StringBuilder text, JsonArray array, int indent, bool skipFirstIndent)
    {
        foreach (var item in array)
        {
            text.Append(' ', skipFirstIndent ? 0 : indent).Append("- ");
            skipFirstIndent = false;
            switch (item)
            {
                case JsonObject { Count: > 0 } json:
                    WriteMembers(text, json, indent + 2, skipFirstIndent: true);
                    break;
                case JsonArray { Count: > 0 } inner:
                    WriteItems(text, inner, indent + 2, skipFirstIndent: true);
                    break;
                default:
                    WriteValue(text, item, indent + 2, afterKey: false);
                    break;
            }
        }
    }

    private static string Scalar(JsonNode? node, int indent) => node switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        _ when node.GetValueKind() == JsonValueKind.String => Text((string)node!, indent),
        _ => node.ToJsonString(),
    };

    private static string Text(string value, int indent)
    {
        if (!IsBlock(value))
        {
            return Plain(value);
        }

        var chomp = value.EndsWith('\n') ? "" : "-";
        var margin = new string(' ', indent);
        return $"|{chomp}\n{margin}{value.TrimEnd('\n').Replace("\n", "\n" + margin, StringComparison.Ordinal)}";
    }

    // A literal block keeps its lines as they are, but neither a first line that begins with white space nor more than one break at the end.
    private static bool IsBlock(string value) =>
        value.Contains('\n', StringComparison.Ordinal)
        && !char.IsWhiteSpace(value[0])
        && !value.EndsWith("\n\n", StringComparison.Ordinal)
        && !value.Any(character => character != '\n' && IsSpecial(character));

    private static bool IsSpecial(char character) => char.IsControl(character) || character is '\u2028' or '\u2029' or '\ufeff' || char.IsSurrogate(character);

    private static string Plain(string value) => NeedsQuotes(value) ? JsonSerializer.Serialize(value, ResourceJson.Options) : value;

    private static bool NeedsQuotes(string value) =>
        value.Length == 0
        || value != value.Trim()
        || value == "<<"
        || value.Any(character => character is '"' or '\\' or '*' || IsSpecial(character))
        || "-?:,[]{}#&*!|>'%@`".Contains(value[0], StringComparison.Ordinal)
        || HasMappingSign(value)
        || value.Contains(" #", StringComparison.Ordinal)
        || ResourceReader.ReadValue(value, "")?.GetValueKind() != JsonValueKind.String;

    // "a:1" and "http://a" are plain; a colon before anything else may be taken for the end of a key.
    private static bool HasMappingSign(string value)
    {
        for (var colon = value.IndexOf(':', StringComparison.Ordinal); colon >= 0; colon = value.IndexOf(':', colon + 1))
        {
            if (colon + 1 == value.Length || !(char.IsAsciiLetterOrDigit(value[colon + 1]) || value[colon + 1] == '/'))
            {
                return true;
            }
        }

        return false;
    }
}
