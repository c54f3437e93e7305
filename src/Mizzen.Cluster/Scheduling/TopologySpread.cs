using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Scheduling;

/// <summary>Even spreading over nodes and zones: the pod's own constraints, or without any, Kubernetes' default ones among its siblings.</summary>
internal sealed class TopologySpread
{
    private const string Hostname = "kubernetes.io/hostname";
    private const string Zone = "topology.kubernetes.io/zone";

    private readonly List<Constraint> _required = [];
    private readonly List<Constraint> _preferred = [];

    public TopologySpread(SchedulingView view, Pod pod)
    {
        var own = pod.Spec?.TopologySpreadConstraints ?? [];
        foreach (var constraint in own)
        {
            var list = constraint.WhenUnsatisfiable == "DoNotSchedule" ? _required : _preferred;
            list.Add(new Constraint(view, pod, constraint, SelectorsOf(pod, constraint)));
        }

        if (own.Count == 0 && view.SiblingSelectors(pod) is { Count: > 0 } siblings)
        {
            _preferred.Add(new Constraint(view, pod, Default(Hostname), siblings));
            _preferred.Add(new Constraint(view, pod, Default(Zone), siblings));
        }
    }

    /// <summary>True when a required constraint is about a label that the node does not have.</summary>
    public bool LacksLabel(NodeState node) => _required.Any(constraint => constraint.DomainOf(node) is null);

    /// <summary>True when the pod would make a domain exceed the smallest by more than is allowed.</summary>
    public bool WouldSkew(NodeState node) => _required.Any(constraint => constraint.WouldSkew(node));

    /// <summary>How crowded the node's domains are already: less is better. Zero when nothing is to be spread.</summary>
    public double Crowding(NodeState node) => _preferred.Sum(constraint => constraint.Crowding(node));

    private static TopologySpreadConstraint Default(string key) => new() { MaxSkew = 1, TopologyKey = key, WhenUnsatisfiable = "ScheduleAnyway" };

    private static IReadOnlyList<LabelSelector> SelectorsOf(Pod pod, TopologySpreadConstraint constraint)
    {
        var keys = (constraint.MatchLabelKeys ?? []).Where(key => pod.Metadata.Labels?.ContainsKey(key) == true);
        var same = new LabelSelector { MatchLabels = keys.ToDictionary(key => key, key => pod.Metadata.Labels![key]) };
        return constraint.LabelSelector is { } selector ? [selector, same] : [];
    }

    private sealed class Constraint
    {
        private readonly TopologySpreadConstraint _constraint;
        private readonly Dictionary<string, int> _counts = [];
        private readonly bool _countsItself;
        private readonly double _weight;

        public Constraint(SchedulingView view, Pod pod, TopologySpreadConstraint constraint, IReadOnlyList<LabelSelector> selectors)
        {
            _constraint = constraint;
            foreach (var node in view.Nodes.Where(node => IsEligible(pod, node)))
            {
                if (DomainOf(node) is { } domain)
                {
                    _counts[domain] = _counts.GetValueOrDefault(domain) + node.Pods.Count(placed => IsCounted(pod, placed, selectors));
                }
            }

            _countsItself = selectors.Count > 0 && selectors.All(selector => selector.Matches(pod.Metadata.Labels));

            // Many domains have few pods each: differences there weigh more (Kubernetes' normalizing weight).
            _weight = Math.Log(_counts.Count + 2);
        }

        public string? DomainOf(NodeState node) => node.Label(_constraint.TopologyKey);

        public bool WouldSkew(NodeState node)
        {
            var domain = DomainOf(node);
            var smallest = _counts.Count == 0 || _counts.Count < (_constraint.MinDomains ?? 1) ? 0 : _counts.Values.Min();
            var here = domain is null ? 0 : _counts.GetValueOrDefault(domain);
            return domain is not null && here + (_countsItself ? 1 : 0) - smallest > _constraint.MaxSkew;
        }

        public double Crowding(NodeState node) => DomainOf(node) is { } domain ? _counts.GetValueOrDefault(domain) * _weight : 0;

        private bool IsEligible(Pod pod, NodeState node) =>
            (_constraint.NodeAffinityPolicy == "Ignore" || NodeAffinityRules.Accepts(pod, node))
            && (_constraint.NodeTaintsPolicy != "Honor" || TaintRules.Untolerated(pod, node) is null);

        private static bool IsCounted(Pod pod, Pod placed, IReadOnlyList<LabelSelector> selectors) =>
            selectors.Count > 0
            && placed.Metadata.DeletionTimestamp is null
            && placed.Metadata.Namespace == pod.Metadata.Namespace
            && selectors.All(selector => selector.Matches(placed.Metadata.Labels));
    }
}
