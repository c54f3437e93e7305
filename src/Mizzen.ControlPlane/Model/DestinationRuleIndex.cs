using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model;

/// <summary>The DestinationRules of one namespace for one host, as one. Compared by reference.</summary>
internal sealed class MeshDestinationRule
{
    public required string Host { get; init; }

    public required string Namespace { get; init; }

    public required Visibility Visibility { get; init; }

    public required IReadOnlyDictionary<string, string>? WorkloadSelector { get; init; }

    /// <summary>The objects, the one that counts first at the front.</summary>
    public required IReadOnlyList<DestinationRule> Sources { get; init; }

    public TrafficPolicy? Policy { get; init; }

    public IReadOnlyList<Subset> Subsets { get; init; } = [];

    /// <summary>Istio's <c>config</c> in cluster metadata.</summary>
    public string Origin => $"/apis/networking.istio.io/v1/namespaces/{Namespace}/destination-rule/{Sources[0].Metadata.Name}";

    public static ResourceKey KeyOf(DestinationRule rule) =>
        new("networking.istio.io", "DestinationRule", rule.Metadata.Namespace, rule.Metadata.Name ?? "");
}

/// <summary>
/// The DestinationRules of the mesh. A client asks its own namespace, then the service's, then the root namespace: the first that has a
/// rule answers, and rules of different namespaces never add up.
/// </summary>
internal sealed class DestinationRuleIndex
{
    private readonly Dictionary<string, List<MeshDestinationRule>> _byNamespace;
    private readonly string _rootNamespace;
    private readonly Dictionary<object, MeshDestinationRule> _byFirstSource;

    private DestinationRuleIndex(List<MeshDestinationRule> all, string rootNamespace)
    {
        _byFirstSource = all.ToDictionary(rule => (object)rule.Sources[0], ReferenceEqualityComparer.Instance);
        All = all;
        _byNamespace = all.GroupBy(rule => rule.Namespace, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
        _rootNamespace = rootNamespace;
        ClientLabels = all.SelectMany(rule => rule.WorkloadSelector?.Keys ?? []).Concat(all.SelectMany(FailoverLabels)).ToHashSet(StringComparer.Ordinal);
    }

    public static DestinationRuleIndex Empty { get; } = new([], "istio-system");

    public IReadOnlyList<MeshDestinationRule> All { get; }

    /// <summary>The labels of clients that any rule asks for.</summary>
    public IReadOnlySet<string> ClientLabels { get; }

    /// <summary>The index of these objects; rules that are made of the same objects as before are the same as before.</summary>
    public static DestinationRuleIndex Of(
        IReadOnlyList<DestinationRule> resources, IReadOnlyList<string>? defaultExportTo, string rootNamespace, DestinationRuleIndex last)
    {
        var groups = resources
            .OrderBy(rule => rule.Metadata.CreationTimestamp ?? default)
            .ThenBy(rule => rule.Metadata.Name, StringComparer.Ordinal)
            .GroupBy(rule => GroupOf(rule, defaultExportTo));
        var all = groups.Select(group => last.Known([.. group], group.Key.Visibility) ?? Merge(group.Key.Host, group.Key.Namespace, group.Key.Visibility, [.. group]))
            // Rules for chosen clients stand before those for everybody.
            .OrderBy(rule => rule.WorkloadSelector is null ? 1 : 0)
            .ToList();
        return new DestinationRuleIndex(all, rootNamespace);
    }

    /// <summary>The rule by which a client treats a service, or null.</summary>
    public MeshDestinationRule? Find(MeshService service, string clientNamespace, IReadOnlyDictionary<string, string> clientLabels) =>
        FindIn(clientNamespace, service.Host, clientNamespace, clientLabels)
        ?? (service.Namespace == clientNamespace ? null : FindIn(service.Namespace, service.Host, clientNamespace, clientLabels))
        ?? (_rootNamespace == clientNamespace ? null : FindIn(_rootNamespace, service.Host, clientNamespace, clientLabels));

    private static IEnumerable<string> FailoverLabels(MeshDestinationRule rule) => rule.Subsets.Select(subset => subset.TrafficPolicy).Append(rule.Policy)
        .SelectMany(policy => (policy?.PortLevelSettings ?? []).Select(port => port.LoadBalancer).Append(policy?.LoadBalancer))
        .SelectMany(balancer => balancer?.LocalityLbSetting?.FailoverPriority ?? [])
        .Select(label => label.Split('=')[0]);

    private MeshDestinationRule? FindIn(string ns, string host, string clientNamespace, IReadOnlyDictionary<string, string> clientLabels)
    {
        MeshDestinationRule? best = null;
        foreach (var rule in _byNamespace.GetValueOrDefault(ns) ?? [])
        {
            if (!HostName.IsSubsetOf(host, rule.Host) || !(ns == clientNamespace || rule.Visibility.Includes(clientNamespace)))
            {
                continue;
            }

            if (rule.WorkloadSelector is { } selector && !(ns == clientNamespace && Labels.Include(clientLabels, selector)))
            {
                continue;
            }

            if (best is null || (rule.Host != best.Host && HostName.IsSubsetOf(rule.Host, best.Host)))
            {
                best = rule;
            }
        }

        return best;
    }

    private MeshDestinationRule? Known(List<DestinationRule> sources, Visibility visibility) =>
        _byFirstSource.TryGetValue(sources[0], out var rule) && rule.Visibility.Equals(visibility)
        && rule.Sources.Count == sources.Count && rule.Sources.Zip(sources).All(pair => ReferenceEquals(pair.First, pair.Second))
            ? rule
            : null;

    private static (string Namespace, string Host, Visibility Visibility, string Selector) GroupOf(DestinationRule rule, IReadOnlyList<string>? defaultExportTo)
    {
        var ns = rule.Metadata.Namespace ?? "";
        var selector = string.Join(',', (rule.Spec?.WorkloadSelector?.MatchLabels ?? new Dictionary<string, string>())
            .OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"));
        return (ns, HostName.Resolve(rule.Spec?.Host ?? "", ns), Visibility.Of(rule.Spec?.ExportTo, defaultExportTo, ns), selector);
    }

    private static MeshDestinationRule Merge(string host, string ns, Visibility visibility, IReadOnlyList<DestinationRule> sources) => new()
    {
        Host = host,
        Namespace = ns,
        Visibility = visibility,
        WorkloadSelector = sources[0].Spec?.WorkloadSelector?.MatchLabels is { Count: > 0 } selector ? selector : null,
        Sources = sources,
        Policy = sources.Select(source => source.Spec?.TrafficPolicy).FirstOrDefault(policy => policy is not null),
        Subsets = [.. sources.SelectMany(source => source.Spec?.Subsets ?? []).DistinctBy(subset => subset.Name)],
    };
}
