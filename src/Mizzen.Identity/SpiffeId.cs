using System.Diagnostics.CodeAnalysis;

namespace Mizzen.Identity;

/// <summary>
/// A workload's name, <c>spiffe://trust-domain/path</c> (SPIFFE-ID section 2). Workloads of Kubernetes are
/// <c>spiffe://trust-domain/ns/NAMESPACE/sa/SERVICE-ACCOUNT</c>, as Istio writes them.
/// </summary>
/// <param name="TrustDomain">Who vouches for the name.</param>
/// <param name="Path">The path with its leading slash; empty for the trust domain's own id.</param>
public sealed record SpiffeId(TrustDomain TrustDomain, string Path)
{
    private const string Scheme = "spiffe://";
    private const int MaximumLength = 2048;

    /// <summary>The namespace of a Kubernetes workload's id; null when the path has another form.</summary>
    public string? Namespace => Segments() is ["ns", var ns, "sa", _] ? ns : null;

    /// <summary>The service account of a Kubernetes workload's id; null when the path has another form.</summary>
    public string? ServiceAccount => Segments() is ["ns", _, "sa", var account] ? account : null;

    /// <summary>The id of a Kubernetes service account.</summary>
    public static SpiffeId ForServiceAccount(TrustDomain trustDomain, string @namespace, string serviceAccount) =>
        new(trustDomain, $"/ns/{@namespace}/sa/{serviceAccount}");

    /// <summary>Reads <c>spiffe://…</c>.</summary>
    /// <exception cref="FormatException">The text is no SPIFFE id.</exception>
    public static SpiffeId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"\"{text}\" is not a SPIFFE id");

    /// <summary>Reads <c>spiffe://…</c>; false when the text is no SPIFFE id.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out SpiffeId? id)
    {
        id = null;
        if (text is null || text.Length > MaximumLength || !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var rest = text[Scheme.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var path = slash < 0 ? "" : rest[slash..];
        if (!TrustDomain.TryParse(slash < 0 ? rest : rest[..slash], out var domain) || !IsPath(path))
        {
            return false;
        }

        id = new SpiffeId(domain, path);
        return true;
    }

    /// <summary>The id as a URI.</summary>
    public override string ToString() => Scheme + TrustDomain.Name + Path;

    // No empty, "." or ".." segments, and only the characters of SPIFFE-ID section 2.2.
    private static bool IsPath(string path)
    {
        if (path.Length == 0)
        {
            return true;
        }

        foreach (var segment in path[1..].Split('/'))
        {
            if (segment is "" or "." or ".." || !segment.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_'))
            {
                return false;
            }
        }

        return true;
    }

    private string[] Segments() => Path.Length == 0 ? [] : Path[1..].Split('/');
}
