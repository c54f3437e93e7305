using System.Text.RegularExpressions;

namespace Mizzen.Resources.Validation;

/// <summary>Whether proxies will understand a pattern: they match in linear time, without look-around and back-references.</summary>
internal static class RegexSyntax
{
    /// <summary>What is wrong, or null.</summary>
    public static string? ProblemOf(string pattern)
    {
        // A star alone is no pattern, but Istio takes it for "is present".
        if (pattern == "*")
        {
            return null;
        }

        try
        {
            _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return null;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return error.Message;
        }
    }
}
