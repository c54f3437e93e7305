using Mizzen.Resources.Mesh;

namespace Mizzen.ControlPlane.Translation;

/// <summary>The names of the mesh's trust domain: its own, its aliases, and <c>cluster.local</c>, which always means the mesh itself.</summary>
internal sealed class TrustDomains(MeshConfig mesh)
{
    private const string Default = "cluster.local";
    private readonly string[] _names = [.. new[] { mesh.TrustDomain is { Length: > 0 } own ? own : Default }.Concat(mesh.TrustDomainAliases ?? []).Distinct(StringComparer.Ordinal)];

    /// <summary>Principals of the mesh under all its names; others as they are.</summary>
    public IReadOnlyList<string>? Expand(IReadOnlyList<string>? principals) =>
        principals is null ? null : [.. principals.SelectMany(Expand).Distinct(StringComparer.Ordinal)];

    private IEnumerable<string> Expand(string principal)
    {
        var slash = principal.IndexOf('/', StringComparison.Ordinal);
        var domain = slash < 0 ? "" : principal[..slash];
        return domain == Default || _names.Contains(domain) ? _names.Select(name => name + principal[slash..]) : [principal];
    }
}
