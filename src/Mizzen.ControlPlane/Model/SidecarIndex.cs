using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model;

/// <summary>Which Sidecar object is in force for a proxy: exactly one or none, they never add up.</summary>
internal sealed class SidecarIndex
{
    private readonly ILookup<string, Sidecar> _byNamespace;
    private readonly string _rootNamespace;

    private SidecarIndex(IReadOnlyList<Sidecar> all, string rootNamespace)
    {
        _byNamespace = all
            .OrderBy(sidecar => sidecar.Metadata.CreationTimestamp ?? default)
            .ThenBy(sidecar => sidecar.Metadata.Name, StringComparer.Ordinal)
            .ToLookup(sidecar => sidecar.Metadata.Namespace ?? "", StringComparer.Ordinal);
        _rootNamespace = rootNamespace;
    }

    public static SidecarIndex Empty { get; } = new([], "istio-system");

    public static SidecarIndex Of(IReadOnlyList<Sidecar> all, string rootNamespace) => new(all, rootNamespace);

    /// <summary>The one that selects the proxy's pod, else the namespace's, else the root namespace's.</summary>
    public Sidecar? For(ProxyView proxy)
    {
        var own = _byNamespace[proxy.Namespace];
        return own.FirstOrDefault(sidecar => SelectorOf(sidecar) is { } selector && Labels.Include(proxy.Labels, selector))
            ?? own.FirstOrDefault(sidecar => SelectorOf(sidecar) is null)
            ?? _byNamespace[_rootNamespace].FirstOrDefault(sidecar => SelectorOf(sidecar) is null);
    }

    private static IReadOnlyDictionary<string, string>? SelectorOf(Sidecar sidecar) =>
        sidecar.Spec?.WorkloadSelector?.Labels is { Count: > 0 } labels ? labels : null;
}
