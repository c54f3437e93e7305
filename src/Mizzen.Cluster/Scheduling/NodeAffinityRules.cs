using System.Globalization;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Scheduling;

/// <summary>Node selectors and node affinity.</summary>
internal static class NodeAffinityRules
{
    /// <summary>Whether a pod's selector and required affinity accept a node.</summary>
    public static bool Accepts(Pod pod, NodeState node)
    {
        var required = pod.Spec?.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms;
        return (pod.Spec?.NodeSelector ?? new Dictionary<string, string>()).All(wanted => node.Label(wanted.Key) == wanted.Value)
            && (required is null || required.Any(term => Matches(term, node)));
    }

    /// <summary>The weights of the preferences that a node fulfils.</summary>
    public static int Preference(Pod pod, NodeState node) =>
        (pod.Spec?.Affinity?.NodeAffinity?.PreferredDuringSchedulingIgnoredDuringExecution ?? [])
            .Where(term => term.Preference is { } preference && Matches(preference, node))
            .Sum(term => term.Weight);

    // A term without requirements matches nothing.
    private static bool Matches(NodeSelectorTerm term, NodeState node)
    {
        var labels = term.MatchExpressions ?? [];
        var fields = term.MatchFields ?? [];
        return labels.Count + fields.Count > 0
            && labels.All(requirement => Holds(requirement, node.Label(requirement.Key)))
            && fields.All(requirement => Holds(requirement, requirement.Key == "metadata.name" ? node.Name : null));
    }

    private static bool Holds(NodeSelectorRequirement requirement, string? value) => requirement.Operator switch
    {
        "In" => value is not null && (requirement.Values ?? []).Contains(value),
        "NotIn" => value is null || !(requirement.Values ?? []).Contains(value),
        "Exists" => value is not null,
        "DoesNotExist" => value is null,
        "Gt" => Compare(requirement, value) > 0,
        "Lt" => Compare(requirement, value) < 0,
        _ => false,
    };

    private static int Compare(NodeSelectorRequirement requirement, string? value) =>
        long.TryParse(value, CultureInfo.InvariantCulture, out var actual)
        && requirement.Values is [var text]
        && long.TryParse(text, CultureInfo.InvariantCulture, out var limit)
            ? actual.CompareTo(limit)
            : 0;
}
