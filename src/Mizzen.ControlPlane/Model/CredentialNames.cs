namespace Mizzen.ControlPlane.Model;

/// <summary>
/// Names of certificates of a namespace that is said with them (Istio's SDS names of the Gateway API). Only servers that the control plane
/// itself makes may use them: it has looked whether the reference is allowed.
/// </summary>
internal static class CredentialNames
{
    private const string SecretPrefix = "kubernetes-gateway://";
    private const string AuthorityPrefix = "configmap://";

    /// <summary>A Secret with a certificate and its key.</summary>
    public static string OfSecret(string ns, string name) => $"{SecretPrefix}{ns}/{name}";

    /// <summary>ConfigMaps with certificates of authorities (<c>namespace/name</c>).</summary>
    public static string OfAuthorities(IEnumerable<string> maps) => AuthorityPrefix + string.Join(',', maps);

    /// <summary>Namespace and name of the Secret; null when the name is of another form.</summary>
    public static (string Namespace, string Name)? Secret(string text) =>
        text.StartsWith(SecretPrefix, StringComparison.Ordinal) ? Split(text[SecretPrefix.Length..]) : null;

    /// <summary>Namespaces and names of the ConfigMaps; null when the name is of another form.</summary>
    public static IReadOnlyList<(string Namespace, string Name)>? Authorities(string text) =>
        text.StartsWith(AuthorityPrefix, StringComparison.Ordinal) ? [.. text[AuthorityPrefix.Length..].Split(',').Select(Split)] : null;

    private static (string, string) Split(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return (text[..slash], text[(slash + 1)..]);
    }
}
