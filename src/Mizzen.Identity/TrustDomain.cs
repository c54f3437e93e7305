using System.Diagnostics.CodeAnalysis;

namespace Mizzen.Identity;

/// <summary>
/// The name of a trust domain: the part of a SPIFFE id that says who vouches for it (SPIFFE-ID section 2.1).
/// Lower-case letters, digits, dots, dashes and underscores, at most 255 characters.
/// </summary>
public sealed record TrustDomain
{
    private TrustDomain(string name) => Name = name;

    /// <summary>Istio's and Kubernetes' default trust domain.</summary>
    public static TrustDomain ClusterLocal { get; } = new("cluster.local");

    /// <summary>The name without scheme, for instance <c>cluster.local</c>.</summary>
    public string Name { get; }

    /// <summary>Reads a trust domain name.</summary>
    /// <exception cref="FormatException">The name is empty, too long or has a character that SPIFFE forbids.</exception>
    public static TrustDomain Parse(string name) =>
        TryParse(name, out var domain) ? domain : throw new FormatException($"\"{name}\" is not a trust domain: lower-case letters, digits, '.', '-' and '_' only");

    /// <summary>Reads a trust domain name; false when it is not one.</summary>
    public static bool TryParse(string? name, [NotNullWhen(true)] out TrustDomain? domain)
    {
        domain = null;
        if (string.IsNullOrEmpty(name) || name.Length > 255)
        {
            return false;
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('.' or '-' or '_'))
            {
                return false;
            }
        }

        domain = new TrustDomain(name);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
