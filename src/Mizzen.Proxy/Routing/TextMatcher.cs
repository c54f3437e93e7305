using System.Text;
using System.Text.RegularExpressions;

using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Routing;

/// <summary>Compares bytes with a <see cref="StringMatchModel"/>.</summary>
internal static class TextMatcher
{
    public static bool Matches(StringMatchModel match, ReadOnlySpan<byte> text)
    {
        var expected = match.Text.AsSpan();
        return match.Kind switch
        {
            StringMatchKind.Present => true,
            StringMatchKind.Exact => text.Length == expected.Length && Same(text, expected, match.IgnoreCase),
            StringMatchKind.Prefix => text.Length >= expected.Length && Same(text[..expected.Length], expected, match.IgnoreCase),
            StringMatchKind.Suffix => text.Length >= expected.Length && Same(text[^expected.Length..], expected, match.IgnoreCase),
            StringMatchKind.Contains => Contains(text, expected, match.IgnoreCase),
            _ => IsWholeMatch(match.Regex!, text),
        };
    }

    /// <summary>True when the expression matches the whole text (RE2's FullMatch).</summary>
    public static bool IsWholeMatch(Regex regex, ReadOnlySpan<byte> text)
    {
        Span<char> buffer = stackalloc char[512];
        var chars = text.Length <= buffer.Length ? buffer[..text.Length] : new char[text.Length];
        _ = Encoding.Latin1.GetChars(text, chars);
        foreach (var match in regex.EnumerateMatches(chars))
        {
            if (match.Index == 0 && match.Length == chars.Length)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Same(ReadOnlySpan<byte> one, ReadOnlySpan<byte> two, bool ignoreCase) =>
        ignoreCase ? Ascii.EqualsIgnoreCase(one, two) : one.SequenceEqual(two);

    private static bool Contains(ReadOnlySpan<byte> text, ReadOnlySpan<byte> expected, bool ignoreCase)
    {
        if (!ignoreCase)
        {
            return text.IndexOf(expected) >= 0;
        }

        for (var i = 0; i + expected.Length <= text.Length; i++)
        {
            if (Ascii.EqualsIgnoreCase(text.Slice(i, expected.Length), expected))
            {
                return true;
            }
        }

        return false;
    }
}
