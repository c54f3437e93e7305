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
                WriteItems(text, array, indent);
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

    private static void WriteItems(StringBuilder text, JsonArray array, int indent)
    {
        foreach (var item in array)
        {
            text.Append(' ', indent).Append("- ");
            if (item is JsonObject { Count: > 0 } json)
            {
                WriteMembers(text, json, indent + 2, skipFirstIndent: true);
            }
            else
            {
                WriteValue(text, item, indent + 2, afterKey: item is JsonArray { Count: > 0 });
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
        if (!value.Contains('\n', StringComparison.Ordinal) || value.Contains('\r', StringComparison.Ordinal) || value.StartsWith(' '))
        {
            return Plain(value);
        }

        var chomp = value.EndsWith('\n') ? "" : "-";
        var margin = new string(' ', indent);
        return $"|{chomp}\n{margin}{value.TrimEnd('\n').Replace("\n", "\n" + margin, StringComparison.Ordinal)}";
    }

    private static string Plain(string value) => NeedsQuotes(value) ? JsonSerializer.Serialize(value, ResourceJson.Options) : value;

    private static bool NeedsQuotes(string value) =>
        value.Length == 0
        || value != value.Trim()
        || value.AsSpan().IndexOfAny("\n\r\t\"\\") >= 0
        || "-?:,[]{}#&*!|>'%@`".Contains(value[0], StringComparison.Ordinal)
        || value.Contains(": ", StringComparison.Ordinal)
        || value.EndsWith(':')
        || value.Contains(" #", StringComparison.Ordinal)
        || ResourceReader.ReadValue(value, "")?.GetValueKind() != JsonValueKind.String;
}
