using System.Globalization;
using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Patching;

/// <summary>A place in a document (RFC 6901): the parent's steps, and the last step.</summary>
internal sealed record JsonPointer(string Text, IReadOnlyList<string> Steps)
{
    /// <summary>The step that stands for the place behind the last item of an array.</summary>
    public const string Append = "-";

    public bool IsRoot => Steps.Count == 0;

    public string Last => Steps[^1];

    /// <exception cref="PatchException">The text does not begin with a slash.</exception>
    public static JsonPointer Parse(string text)
    {
        if (text.Length == 0)
        {
            return new JsonPointer(text, []);
        }

        return text[0] == '/'
            ? new JsonPointer(text, [.. text[1..].Split('/').Select(Unescape)])
            : throw PatchException.DoesNotFit($"invalid JSON pointer \"{text}\": it does not begin with \"/\"");
    }

    /// <summary>The node that holds the last step, or null when a step before leads nowhere.</summary>
    public JsonNode? ParentIn(JsonNode? root)
    {
        var node = root;
        for (var i = 0; i < Steps.Count - 1 && node is not null; i++)
        {
            node = Child(node, Steps[i]);
        }

        return node;
    }

    /// <summary>Whether the other place is this one or lies below it.</summary>
    public bool Contains(JsonPointer other) => other.Steps.Count >= Steps.Count && other.Steps.Take(Steps.Count).SequenceEqual(Steps);

    /// <summary>The position that a step means in an array of that many items, or -1. Leading zeros are none (RFC 6901, section 4).</summary>
    public static int IndexOf(string step, int count) =>
        int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
        && index < count
        && (step.Length == 1 || step[0] != '0')
            ? index
            : -1;

    private static JsonNode? Child(JsonNode node, string step) => node switch
    {
        JsonObject json => json[step],
        JsonArray array when IndexOf(step, array.Count) is >= 0 and var index => array[index],
        _ => null,
    };

    private static string Unescape(string step) =>
        step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
