using System.Security.Cryptography;

namespace Mizzen.Cluster.Controllers;

/// <summary>Names as Kubernetes' API server generates them: a prefix and five characters that form no words.</summary>
internal static class GeneratedName
{
    /// <summary>The characters: neither vowels nor digits that look like them.</summary>
    public const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    private const int SuffixLength = 5;
    private const int LongestPrefix = 63 - SuffixLength;

    public static string From(string prefix) =>
        (prefix.Length > LongestPrefix ? prefix[..LongestPrefix] : prefix) + RandomNumberGenerator.GetString(Alphabet, SuffixLength);
}
