using System.Net;
using System.Text.RegularExpressions;

namespace Mizzen.Resources.Validation;

/// <summary>What names may look like.</summary>
internal static partial class DomainNames
{
    private const int LongestName = 255;

    /// <summary>An IP address, or a domain name whose first part may be a star.</summary>
    public static bool IsHost(string text, bool wildcardAllowed)
    {
        if (IPAddress.TryParse(text, out _) || (wildcardAllowed && text == "*"))
        {
            return true;
        }

        // A star may be the first label or its beginning: *.example.com, *-test.example.com.
        var isWildcard = wildcardAllowed && text.Length > 2 && text[0] == '*' && text[1] is '.' or '-';
        return IsDomain(isWildcard ? text[2..] : text);
    }

    /// <summary>RFC 1123 labels, with dots between them; one behind is allowed.</summary>
    public static bool IsDomain(string text) => text.Length is > 0 and <= LongestName && text.TrimEnd('.').Split('.').All(IsLabel);

    public static bool IsLabel(string text) => LabelPattern.IsMatch(text);

    /// <summary>RFC 9110's token.</summary>
    public static bool IsHeaderName(string text) => TokenPattern.IsMatch(text);

    /// <summary>Whether every name that one stands for is the other's, too.</summary>
    public static bool Covers(string pattern, string host) => pattern == host || pattern == "*"
        || (pattern.StartsWith("*.", StringComparison.Ordinal) && host.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex("^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$", RegexOptions.CultureInvariant)]
    private static partial Regex LabelPattern { get; }

    [GeneratedRegex("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$", RegexOptions.CultureInvariant)]
    private static partial Regex TokenPattern { get; }
}
