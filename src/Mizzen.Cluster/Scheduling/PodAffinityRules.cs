using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Scheduling;

/// <summary>
/// Affinity and anti-affinity between one pod to place and the pods that are placed. What the placed pods amount to in each domain
/// is counted once, so that each node is a few look-ups.
/// </summary>
internal sealed class PodAffinityRules
{
    // How much a placed pod's requirement to have company attracts others that would be company (Kubernetes' hardPodAffinityWeight).
    private const int AttractionOfRequirements = 1;

    private readonly SchedulingView _view;
    private readonly Pod _pod;
    private readonly List<DomainCounts> _affinity;
    private readonly List<DomainCounts> _antiAffinity;
    private readonly HashSet<(string Key, string Value)> _closed = [];
    private readonly Dictionary<(string Key, string Value), int> _preferences = [];
    private readonly bool _isFirstOfItsKind;

    public PodAffinityRules(SchedulingView view, Pod pod)
    {
        _view = view;
        _pod = pod;
        var affinity = pod.Spec?.Affinity;
        _affinity = [.. Required(affinity?.PodAffinity).Select(term => new DomainCounts(term))];
        _antiAffinity = [.. Required(affinity?.PodAntiAffinity).Select(term => new DomainCounts(term))];
        foreach (var node in view.Nodes)
        {
            foreach (var placed in node.Pods)
            {
                Count(node, placed);
            }
        }

        _isFirstOfItsKind = _affinity.Count > 0
            && _affinity.All(counts => counts.IsEmpty)
            && _affinity.All(counts => Matches(counts.Term, pod, pod));
    }

    /// <summary>Whether the pods that this one wants to be near are there.</summary>
    public bool HasCompany(NodeState node) =>
        _affinity.All(counts => node.Label(counts.Term.TopologyKey) is { } domain && (counts.At(domain) > 0 || _isFirstOfItsKind));

    /// <summary>Whether pods that this one avoids are there.</summary>
    public bool HasUnwantedCompany(NodeState node) =>
        _antiAffinity.Any(counts => node.Label(counts.Term.TopologyKey) is { } domain && counts.At(domain) > 0);

    /// <summary>Whether pods that avoid this one are there.</summary>
    public bool IsUnwanted(NodeState node) =>
        _closed.Count > 0 && (node.Node.Metadata.Labels ?? new Dictionary<string, string>()).Any(label => _closed.Contains((label.Key, label.Value)));

    /// <summary>How much the pods there attract this one, less how much they repel it.</summary>
    public int Preference(NodeState node) => _preferences.Count == 0
        ? 0
        : (node.Node.Metadata.Labels ?? new Dictionary<string, string>()).Sum(label => _preferences.GetValueOrDefault((label.Key, label.Value)));

    private static IReadOnlyList<PodAffinityTerm> Required(PodAffinity? affinity) => affinity?.RequiredDuringSchedulingIgnoredDuringExecution ?? [];

    private static IReadOnlyList<WeightedPodAffinityTerm> Preferred(PodAffinity? affinity) => affinity?.PreferredDuringSchedulingIgnoredDuringExecution ?? [];

    private void Count(NodeState node, Pod placed)
    {
        foreach (var counts in _affinity.Concat(_antiAffinity))
        {
            if (node.Label(counts.Term.TopologyKey) is { } domain && Matches(counts.Term, _pod, placed))
            {
                counts.Add(domain);
            }
        }

        var own = _pod.Spec?.Affinity;
        var theirs = placed.Spec?.Affinity;
        Prefer(node, Preferred(own?.PodAffinity), _pod, placed, 1);
        Prefer(node, Preferred(own?.PodAntiAffinity), _pod, placed, -1);
        if (theirs is null)
        {
            return;
        }

        foreach (var term in Required(theirs.PodAntiAffinity))
        {
            if (node.Label(term.TopologyKey) is { } domain && Matches(term, placed, _pod))
            {
                _closed.Add((term.TopologyKey, domain));
            }
        }

        Prefer(node, [.. Required(theirs.PodAffinity).Select(term => new WeightedPodAffinityTerm { Weight = AttractionOfRequirements, PodAffinityTerm = term })], placed, _pod, 1);
        Prefer(node, Preferred(theirs.PodAffinity), placed, _pod, 1);
        Prefer(node, Preferred(theirs.PodAntiAffinity), placed, _pod, -1);
    }

    private void Prefer(NodeState node, IReadOnlyList<WeightedPodAffinityTerm> terms, Pod whose, Pod other, int sign)
    {
        foreach (var weighted in terms)
        {
            if (weighted.PodAffinityTerm is { } term && node.Label(term.TopologyKey) is { } domain && Matches(term, whose, other))
            {
                _preferences[(term.TopologyKey, domain)] = _preferences.GetValueOrDefault((term.TopologyKey, domain)) + (sign * weighted.Weight);
            }
        }
    }

    /// <summary>Whether <paramref name="other"/> is among the pods that the term of <paramref name="whose"/> means.</summary>
    private bool Matches(PodAffinityTerm term, Pod whose, Pod other) =>
        term.LabelSelector is { } selector
        && IsInNamespaces(term, whose, other.Metadata.Namespace)
        && selector.Matches(other.Metadata.Labels)
        && (term.MatchLabelKeys ?? []).All(key => LabelOf(whose, key) is not { } value || LabelOf(other, key) == value)
        && (term.MismatchLabelKeys ?? []).All(key => LabelOf(whose, key) is not { } value || LabelOf(other, key) != value);

    private bool IsInNamespaces(PodAffinityTerm term, Pod whose, string? ns) =>
        term.Namespaces is not { Count: > 0 } && term.NamespaceSelector is null
            ? ns == whose.Metadata.Namespace
            : term.Namespaces?.Contains(ns ?? "") == true || term.NamespaceSelector?.Matches(_view.LabelsOfNamespace(ns)) == true;

    private static string? LabelOf(Pod pod, string key) => pod.Metadata.Labels?.GetValueOrDefault(key);

    private sealed class DomainCounts(PodAffinityTerm term)
    {
        private readonly Dictionary<string, int> _counts = [];

        public PodAffinityTerm Term => term;

        public bool IsEmpty => _counts.Count == 0;

        public int At(string domain) => _counts.GetValueOrDefault(domain);

        public void Add(string domain) => _counts[domain] = At(domain) + 1;
    }
}
