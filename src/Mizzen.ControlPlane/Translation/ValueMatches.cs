using System.Text.RegularExpressions;
using Envoy.Config.Route.V3;
using Envoy.Type.Matcher.V3;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Istio's values of authorization rules: <c>*</c> is anything at all, <c>abc*</c> a prefix, <c>*abc</c> a suffix, everything else itself.</summary>
internal static class ValueMatches
{
    /// <summary>The value, with something in front that it does not repeat (a URI's scheme).</summary>
    public static StringMatcher Text(string value, string front = "", bool ignoreCase = false) => value switch
    {
        "*" => Pattern(".+"),
        _ when value.EndsWith('*') => new StringMatcher { Prefix = front + value[..^1], IgnoreCase = ignoreCase },
        _ when value.StartsWith('*') => new StringMatcher { Suffix = value[1..], IgnoreCase = ignoreCase },
        _ => new StringMatcher { Exact = front + value, IgnoreCase = ignoreCase },
    };

    public static StringMatcher Pattern(string regex) => new() { SafeRegex = new RegexMatcher { Regex = regex } };

    /// <summary>The value as a part of a regular expression, its stars standing for anything.</summary>
    public static string Escaped(string value) => Regex.Escape(value).Replace(@"\*", ".*", StringComparison.Ordinal);

    public static HeaderMatcher Header(string name, string value, bool ignoreCase = false) => value == "*"
        ? new HeaderMatcher { Name = name, PresentMatch = true }
        : new HeaderMatcher { Name = name, StringMatch = Text(value, ignoreCase: ignoreCase) };

    /// <summary>What a filter has found out: a text, or a list that has it.</summary>
    public static MetadataMatcher Metadata(string filter, IEnumerable<string> path, StringMatcher text, bool orInList = false)
    {
        var value = new ValueMatcher { StringMatch = text };
        return new MetadataMatcher
        {
            Filter = filter,
            Path = { path.Select(part => new MetadataMatcher.Types.PathSegment { Key = part }) },
            Value = orInList
                ? new ValueMatcher { OrMatch = new OrMatcher { ValueMatchers = { value, new ValueMatcher { ListMatch = new ListMatcher { OneOf = value } } } } }
                : value,
        };
    }
}
