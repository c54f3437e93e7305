using Mizzen.Resources.Meta;
using Mizzen.Resources.Reading;

namespace Mizzen.Resources.Validation;

/// <summary>Kinds that nobody serves: misspelt ones, those of the wrong group, those of the past.</summary>
internal static class KindProblems
{
    private static readonly Dictionary<string, string> Retired = new(StringComparer.Ordinal)
    {
        ["EgressRule"] = "write a ServiceEntry with location MESH_EXTERNAL",
        ["RouteRule"] = "write a VirtualService, and a DestinationRule for its subsets",
        ["DestinationPolicy"] = "write a DestinationRule",
        ["MeshPolicy"] = "write a PeerAuthentication in the root namespace",
        ["Policy"] = "write a PeerAuthentication or a RequestAuthentication",
        ["ClusterRbacConfig"] = "write AuthorizationPolicies",
        ["RbacConfig"] = "write AuthorizationPolicies",
        ["ServiceRole"] = "write an AuthorizationPolicy",
        ["ServiceRoleBinding"] = "write an AuthorizationPolicy",
    };

    /// <summary>What is wrong with a kind that is not in the catalog; nothing when it may be anybody's.</summary>
    public static IReadOnlyList<Problem> Of(ResourceKey key, string version)
    {
        var group = key.Group ?? "";
        var namesake = KindCatalog.All.FirstOrDefault(kind => kind.Kind == key.Kind && kind.Group == group) ?? KindCatalog.All.FirstOrDefault(kind => kind.Kind == key.Kind);
        if (group.EndsWith("istio.io", StringComparison.Ordinal) && Retired.TryGetValue(key.Kind, out var instead))
        {
            return [new Problem(IstioCodes.UnknownKind, key, "kind", $"{key.Kind} of {group} is a kind of the past", instead)];
        }

        if (namesake?.Group == group)
        {
            return [new Problem(IstioCodes.UnknownKind, key, "apiVersion", $"{key.Kind} has no version {version}", $"write {string.Join(" or ", namesake.ServedVersions.Select(served => ApiVersion(group, served)))}")];
        }

        if (group.EndsWith("istio.io", StringComparison.Ordinal) || group.Length == 0)
        {
            var known = KindCatalog.All.Where(kind => kind.Group == group).Select(kind => kind.Kind).ToList();
            var fix = namesake is not null ? $"{key.Kind} is of {ApiVersion(namesake.Group, namesake.Version)}"
                : NearNames.Of(key.Kind, known) is { Count: > 0 } near ? $"did you mean {string.Join(" or ", near)}?"
                : $"the kinds of {(group.Length == 0 ? "v1" : group)} are {string.Join(", ", known)}";
            return [new Problem(IstioCodes.UnknownKind, key, namesake is not null ? "apiVersion" : "kind", $"unknown kind {key.Kind} of {(group.Length == 0 ? version : group)}", fix)];
        }

        return [];
    }

    private static string ApiVersion(string group, string version) => group.Length == 0 ? version : $"{group}/{version}";
}
