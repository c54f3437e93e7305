namespace Mizzen.Cluster.ApiServer.Requests;

/// <summary>What a path names (API concepts, "Resource URIs").</summary>
/// <param name="Group">The API group; empty for core.</param>
/// <param name="Version">The version.</param>
/// <param name="Namespace">The namespace; empty for the whole cluster.</param>
/// <param name="Plural">The resource.</param>
/// <param name="Name">The object; null for the collection.</param>
/// <param name="Subresource">The subresource; null for the object itself.</param>
internal sealed record RequestTarget(string Group, string Version, string Namespace, string Plural, string? Name, string? Subresource)
{
    /// <summary>Reads <c>/api/v1/…</c> and <c>/apis/{group}/{version}/…</c>; null when the path names no resource.</summary>
    public static RequestTarget? Parse(string path)
    {
        var parts = path.Trim('/').Split('/');
        return parts switch
        {
            ["api", var version, .. { Length: > 0 } rest] => Parse("", version, rest),
            ["apis", var group, var version, .. { Length: > 0 } rest] => Parse(group, version, rest),
            _ => null,
        };
    }

    // Namespaces are resources and scopes: /namespaces/x/status is about the namespace, /namespaces/x/pods about its pods.
    private static RequestTarget? Parse(string group, string version, string[] rest) => rest switch
    {
        ["namespaces", var ns, var sub] when group.Length == 0 && sub is "status" or "finalize" => new(group, version, ns, "namespaces", ns, sub),
        ["namespaces", var ns, var plural] => new(group, version, ns, plural, null, null),
        ["namespaces", var ns, var plural, var name] => new(group, version, ns, plural, name, null),
        ["namespaces", var ns, var plural, var name, .. var sub] when sub.Length > 0 => new(group, version, ns, plural, name, string.Join('/', sub)),
        [var plural] => new(group, version, "", plural, null, null),
        [var plural, var name] => new(group, version, "", plural, name, null),
        [var plural, var name, .. var sub] when sub.Length > 0 => new(group, version, "", plural, name, string.Join('/', sub)),
        _ => null,
    };
}
