using Mizzen.Resources.Core;
using Mizzen.Resources.GatewayApi;

namespace Mizzen.ControlPlane.Model.GatewayApi;

/// <summary>A ListenerSet that names a Gateway of ours.</summary>
/// <param name="Set">The object.</param>
/// <param name="IsAllowed">The Gateway takes listeners of its namespace.</param>
/// <param name="Listeners">Its listeners; none when it is not allowed.</param>
internal sealed record AttachedSet(ListenerSet Set, bool IsAllowed, IReadOnlyList<AttachedListener> Listeners)
{
    /// <summary>Something of it is served.</summary>
    public bool IsAccepted => IsAllowed && Listeners.Any(listener => listener is { Refusal: null, Conflict: null });
}

/// <summary>Finds the ListenerSets of a Gateway, in the order in which their listeners count: the oldest first, then by namespace and name.</summary>
internal sealed class AttachedSets
{
    private readonly ILookup<(string Namespace, string Name), ListenerSet> _byGateway;
    private readonly Dictionary<string, Namespace> _namespaces;

    public AttachedSets(ResourceSet resources)
    {
        _namespaces = resources.Namespaces.ToDictionary(ns => ns.Metadata.Name ?? "", StringComparer.Ordinal);
        _byGateway = resources.ListenerSets
            .Where(set => set.Spec?.ParentRef is { Group: null or AttachedListener.Group, Kind: null or "Gateway" })
            .OrderBy(set => set.Metadata.CreationTimestamp ?? default)
            .ThenBy(set => $"{set.Metadata.Namespace}/{set.Metadata.Name}", StringComparer.Ordinal)
            .ToLookup(set => (set.Spec!.ParentRef.Namespace ?? set.Metadata.Namespace ?? "", set.Spec.ParentRef.Name));
    }

    public IReadOnlyList<AttachedSet> Of(KubernetesGateway gateway) =>
    [
        .. _byGateway[(gateway.Metadata.Namespace ?? "", gateway.Metadata.Name ?? "")].Select(set =>
            NamespaceChoice.Includes(gateway.Spec?.AllowedListeners?.Namespaces, "None", set.Metadata.Namespace ?? "", gateway.Metadata.Namespace ?? "", _namespaces)
                ? new AttachedSet(set, true, [.. (set.Spec!.Listeners ?? []).Select(listener => new AttachedListener(gateway, listener, set))])
                : new AttachedSet(set, false, [])),
    ];
}

/// <summary>Which namespaces a Gateway or listener takes objects of (<c>from</c> and <c>selector</c>).</summary>
internal static class NamespaceChoice
{
    /// <summary>Whether a namespace is one of them.</summary>
    /// <param name="choice">What is written; null for nothing.</param>
    /// <param name="absent">What <c>from</c> is where nothing is written.</param>
    /// <param name="ns">The namespace.</param>
    /// <param name="own">The namespace of who chooses.</param>
    /// <param name="namespaces">Their labels.</param>
    public static bool Includes(RouteNamespaces? choice, string absent, string ns, string own, IReadOnlyDictionary<string, Namespace> namespaces) => (choice?.From ?? absent) switch
    {
        "All" => true,
        "Same" => ns == own,
        "Selector" => choice?.Selector is { } selector && selector.Matches(namespaces.GetValueOrDefault(ns)?.Metadata.Labels),
        _ => false,
    };
}
