using System.Text.Json.Nodes;
using Mizzen.Resources;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.ApiServer.Selectors;

/// <summary>Label selectors, from objects and from the query's grammar.</summary>
internal static class LabelSelection
{
    private static readonly char[] Separators = [',', '(', ')', '=', '!', '<', '>', ' ', '\t'];

    public static LabelSelector FromObject(JsonObject selector) => ResourceJson.FromNode<LabelSelector>(selector);

    public static Dictionary<string, string> LabelsOf(JsonObject? labels) =>
        (labels ?? []).ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? "");

    /// <summary>The selector in its text form, as the scale subresource shows it.</summary>
    public static string Text(JsonObject? selector)
    {
        var parsed = selector is null ? new LabelSelector() : FromObject(selector);
        var equalities = (parsed.MatchLabels ?? new Dictionary<string, string>()).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}");
        return string.Join(',', equalities.Concat((parsed.MatchExpressions ?? []).Select(Text)));
    }

    /// <summary>Parses <c>a=b,c!=d,e in (f,g),h notin (i),j,!k</c>.</summary>
    /// <exception cref="StatusException">The text has another form.</exception>
    public static LabelSelector Parse(string text)
    {
        var position = 0;
        var requirements = new List<LabelSelectorRequirement>();
        Skip(text, ref position);
        while (position < text.Length)
        {
            requirements.Add(ParseRequirement(text, ref position));
            Skip(text, ref position);
            if (position < text.Length && text[position++] != ',')
            {
                throw Unparsable(text, "found '" + text[(position - 1)..] + "', expected: ',' or the end");
            }

            Skip(text, ref position);
        }

        return new LabelSelector { MatchExpressions = requirements };
    }

    private static string Text(LabelSelectorRequirement requirement) => requirement.Operator switch
    {
        "In" => $"{requirement.Key} in ({string.Join(',', requirement.Values ?? [])})",
        "NotIn" => $"{requirement.Key} notin ({string.Join(',', requirement.Values ?? [])})",
        "DoesNotExist" => "!" + requirement.Key,
        _ => requirement.Key,
    };

    private static LabelSelectorRequirement ParseRequirement(string text, ref int position)
    {
        if (Take(text, ref position, "!"))
        {
            return new LabelSelectorRequirement { Key = Word(text, ref position), Operator = "DoesNotExist" };
        }

        var key = Word(text, ref position);
        if (key.Length == 0)
        {
            throw Unparsable(text, $"found '{text[position..]}', expected: !, identifier, or 'end of string'");
        }

        if (Take(text, ref position, "!="))
        {
            return new LabelSelectorRequirement { Key = key, Operator = "NotIn", Values = [Word(text, ref position)] };
        }

        if (Take(text, ref position, "==") || Take(text, ref position, "="))
        {
            return new LabelSelectorRequirement { Key = key, Operator = "In", Values = [Word(text, ref position)] };
        }

        return ParseSet(text, ref position, key);
    }

    private static LabelSelectorRequirement ParseSet(string text, ref int position, string key)
    {
        var start = position;
        switch (Word(text, ref position))
        {
            case "":
                position = start;
                return new LabelSelectorRequirement { Key = key, Operator = "Exists" };
            case "in":
                return new LabelSelectorRequirement { Key = key, Operator = "In", Values = Values(text, ref position) };
            case "notin":
                return new LabelSelectorRequirement { Key = key, Operator = "NotIn", Values = Values(text, ref position) };
            case var word:
                throw Unparsable(text, $"found '{word}', expected: in, notin, =, ==, !=");
        }
    }

    private static List<string> Values(string text, ref int position)
    {
        if (!Take(text, ref position, "("))
        {
            throw Unparsable(text, "expected: '('");
        }

        var values = new List<string>();
        do
        {
            values.Add(Word(text, ref position));
        }
        while (Take(text, ref position, ","));

        return Take(text, ref position, ")") ? values : throw Unparsable(text, "expected: ',' or ')'");
    }

    private static string Word(string text, ref int position)
    {
        Skip(text, ref position);
        var end = text.IndexOfAny(Separators, position);
        var word = end < 0 ? text[position..] : text[position..end];
        position += word.Length;
        return word;
    }

    private static bool Take(string text, ref int position, string token)
    {
        Skip(text, ref position);
        if (!text.AsSpan(position).StartsWith(token, StringComparison.Ordinal))
        {
            return false;
        }

        position += token.Length;
        return true;
    }

    private static void Skip(string text, ref int position)
    {
        while (position < text.Length && char.IsWhiteSpace(text[position]))
        {
            position++;
        }
    }

    private static StatusException Unparsable(string text, string why) =>
        Errors.BadRequest($"unable to parse requirement: {why} (labelSelector \"{text}\")");
}
