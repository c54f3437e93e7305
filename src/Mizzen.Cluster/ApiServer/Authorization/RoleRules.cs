using Mizzen.Resources.Rbac;

namespace Mizzen.Cluster.ApiServer.Authorization;

/// <summary>What a rule of a role allows (<c>rbac.authorization.k8s.io/v1</c> PolicyRule).</summary>
internal static class RoleRules
{
    private const string All = "*";

    public static bool Allows(PolicyRule rule, AccessAttributes wanted)
    {
        if (!Has(rule.Verbs, wanted.Verb))
        {
            return false;
        }

        return wanted.Path is { } path
            ? (rule.NonResourceUrls ?? []).Any(url => Matches(url, path))
            : Has(rule.ApiGroups, wanted.Group) && HasResource(rule, wanted.Resource, wanted.Subresource) && (rule.ResourceNames is not { Count: > 0 } names || names.Contains(wanted.Name));
    }

    /// <summary>Whether rules together allow everything that one rule allows; what is asked for is taken apart first.</summary>
    public static bool Cover(IReadOnlyList<PolicyRule> held, PolicyRule wanted) => Parts(wanted).All(part => held.Any(rule => Covers(rule, part)));

    /// <summary>As Kubernetes writes rules in messages.</summary>
    public static string Text(PolicyRule rule)
    {
        (string Name, IReadOnlyList<string>? Values)[] parts =
        [
            ("APIGroups", rule.ApiGroups), ("Resources", rule.Resources), ("ResourceNames", rule.ResourceNames), ("NonResourceURLs", rule.NonResourceUrls), ("Verbs", rule.Verbs),
        ];
        return $"{{{string.Join(", ", parts.Where(part => part.Values is { Count: > 0 }).Select(part => $"{part.Name}:[{string.Join(' ', part.Values!.Select(value => $"\"{value}\""))}]"))}}}";
    }

    private static bool Has(IReadOnlyList<string>? values, string wanted) => values is not null && (values.Contains(All) || values.Contains(wanted));

    private static bool HasResource(PolicyRule rule, string resource, string subresource) => (rule.Resources ?? []).Any(candidate =>
        candidate == All
        || candidate == (subresource.Length == 0 ? resource : $"{resource}/{subresource}")
        || (subresource.Length > 0 && candidate == $"{All}/{subresource}"));

    private static bool Matches(string url, string path) =>
        url == All || url == path || (url.EndsWith('*') && path.StartsWith(url[..^1], StringComparison.Ordinal));

    private static IEnumerable<PolicyRule> Parts(PolicyRule rule)
    {
        foreach (var verb in rule.Verbs ?? [])
        {
            foreach (var url in rule.NonResourceUrls ?? [])
            {
                yield return new PolicyRule { Verbs = [verb], NonResourceUrls = [url] };
            }

            foreach (var (group, resource) in (rule.ApiGroups ?? []).SelectMany(_ => rule.Resources ?? [], (group, resource) => (group, resource)))
            {
                foreach (var name in rule.ResourceNames is { Count: > 0 } names ? names : [""])
                {
                    yield return new PolicyRule { Verbs = [verb], ApiGroups = [group], Resources = [resource], ResourceNames = name.Length == 0 ? null : [name] };
                }
            }
        }
    }

    private static bool Covers(PolicyRule held, PolicyRule part)
    {
        if (!Has(held.Verbs, part.Verbs![0]))
        {
            return false;
        }

        if (part.NonResourceUrls is [var url])
        {
            return (held.NonResourceUrls ?? []).Any(candidate => Matches(candidate, url));
        }

        var (resource, subresource) = part.Resources![0].Split('/', 2) is [var first, var second] ? (first, second) : (part.Resources[0], "");
        return Has(held.ApiGroups, part.ApiGroups![0])
            && HasResource(held, resource, subresource)
            && (held.ResourceNames is not { Count: > 0 } names || (part.ResourceNames is [var name] && names.Contains(name)));
    }
}
