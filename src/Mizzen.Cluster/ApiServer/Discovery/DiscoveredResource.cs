using Mizzen.Cluster.ApiServer.Authentication;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.ApiServer.Metrics;

namespace Mizzen.Cluster.ApiServer.Discovery;

/// <summary>A resource or subresource as discovery shows it.</summary>
internal sealed record DiscoveredResource(string Name, string Group, string Version, string Kind, bool Namespaced, IReadOnlyList<string> Verbs)
{
    public string Singular { get; init; } = "";

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Their names are those of the part behind the slash.</summary>
    public IReadOnlyList<DiscoveredResource> Subresources { get; init; } = [];
}

/// <summary>One version of one group with everything that it serves, subresources included.</summary>
internal sealed record DiscoveredVersion(string Group, string Version, IReadOnlyList<DiscoveredResource> Resources)
{
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";
}

/// <summary>Derives discovery from the kinds that are served.</summary>
internal static class DiscoveredResources
{
    private const string Last = "extensions";

    private static readonly string[] AllVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] ChangeVerbs = ["get", "patch", "update"];
    private static readonly string[] Create = ["create"];

    // Subresources that only one kind has: resource, name, group, version and kind of what is sent, verbs.
    private static readonly (string Plural, string Name, string Group, string Version, string Kind, string[] Verbs)[] Special =
    [
        ("pods", "attach", "", "v1", "PodAttachOptions", ["create", "get"]),
        ("pods", "binding", "", "v1", "Binding", Create),
        ("pods", "eviction", "policy", "v1", "Eviction", Create),
        ("pods", "exec", "", "v1", "PodExecOptions", ["create", "get"]),
        ("pods", "log", "", "v1", "Pod", ["get"]),
        ("pods", "portforward", "", "v1", "PodPortForwardOptions", ["create", "get"]),
        ("pods", "proxy", "", "v1", "PodProxyOptions", ["create", "delete", "get", "patch", "update"]),
        ("namespaces", "finalize", "", "v1", "Namespace", ["update"]),
        ("serviceaccounts", "token", "authentication.k8s.io", "v1", "TokenRequest", Create),
    ];

    /// <summary>All versions of all groups: core first, old groups last, the preferred version of a group first.</summary>
    public static IReadOnlyList<DiscoveredVersion> Of(KindIndex table)
    {
        var kinds = table.GroupVersions.Select(version => new DiscoveredVersion(version.Group, version.Version, [.. version.Kinds.Select(Of), .. Bindings(version)]));
        var reviews = Reviews.Kinds.GroupBy(kind => kind.Group).Select(group => new DiscoveredVersion(
            group.Key,
            "v1",
            [.. group.Select(kind => new DiscoveredResource(kind.Plural, kind.Group, "v1", kind.Kind, kind.Namespaced, Create) { Singular = kind.Kind.ToLowerInvariant() })]));
        var metrics = new DiscoveredVersion(
            MetricsHandler.Group,
            MetricsHandler.Version,
            [.. MetricsHandler.Kinds.Select(kind => new DiscoveredResource(kind.Plural, MetricsHandler.Group, MetricsHandler.Version, kind.Kind, kind.Namespaced, ["get", "list"]))]);
        List<DiscoveredVersion> all = [.. kinds, .. reviews, metrics];
        var groups = all.Select(version => version.Group).Distinct().OrderBy(group => group == Last).ToList();
        return [.. all.OrderBy(version => groups.IndexOf(version.Group)).ThenBy(version => version.Version, VersionOrder.Instance)];
    }

    private static IEnumerable<DiscoveredResource> Bindings(GroupVersion version) =>
        version.Group.Length == 0 ? [new DiscoveredResource("bindings", "", "v1", "Binding", true, Create) { Singular = "binding" }] : [];

    private static DiscoveredResource Of(ServedKind kind) =>
        new(kind.Plural, kind.Group, kind.Version, kind.Kind, kind.Namespaced, AllVerbs)
        {
            Singular = kind.Singular,
            ShortNames = kind.ShortNames,
            Categories = kind.Categories,
            Subresources = [.. SubresourcesOf(kind)],
        };

    private static IEnumerable<DiscoveredResource> SubresourcesOf(ServedKind kind)
    {
        if (kind.HasStatus)
        {
            yield return new DiscoveredResource("status", kind.Group, kind.Version, kind.Kind, kind.Namespaced, ChangeVerbs);
        }

        if (kind.Scale is not null)
        {
            yield return new DiscoveredResource("scale", "autoscaling", "v1", "Scale", kind.Namespaced, ChangeVerbs);
        }

        foreach (var special in Special.Where(special => kind.Is("", special.Plural)))
        {
            yield return new DiscoveredResource(special.Name, special.Group, special.Version, special.Kind, kind.Namespaced, special.Verbs);
        }
    }
}
