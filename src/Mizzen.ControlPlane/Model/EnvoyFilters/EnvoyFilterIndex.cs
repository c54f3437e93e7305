using System.Collections.Concurrent;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Reading;

namespace Mizzen.ControlPlane.Model.EnvoyFilters;

/// <summary>Which patches are for a proxy. Safe for use by several threads.</summary>
internal sealed class EnvoyFilterIndex
{
    private readonly string _rootNamespace;
    private readonly ConcurrentDictionary<PatchSet, PatchSet> _sets;

    private EnvoyFilterIndex(IReadOnlyList<MeshEnvoyFilter> filters, string rootNamespace, ConcurrentDictionary<PatchSet, PatchSet> sets)
    {
        All = filters;
        _rootNamespace = rootNamespace;
        _sets = sets;
    }

    public static EnvoyFilterIndex Empty { get; } = new([], "istio-system", []);

    /// <summary>In the order in which they count: by priority, the root namespace first, the oldest first, by name.</summary>
    public IReadOnlyList<MeshEnvoyFilter> All { get; }

    public IEnumerable<Problem> Problems => All.SelectMany(filter => filter.Problems);

    /// <summary>What has not changed is taken over from the last index.</summary>
    public static EnvoyFilterIndex Of(IReadOnlyList<EnvoyFilter> resources, string rootNamespace, EnvoyFilterIndex last)
    {
        if (resources.Count == 0)
        {
            return Empty;
        }

        var known = new Dictionary<EnvoyFilter, MeshEnvoyFilter>(last.All.Select(filter => KeyValuePair.Create(filter.Resource, filter)), ReferenceEqualityComparer.Instance);
        var filters = resources.Select(resource => known.GetValueOrDefault(resource) ?? MeshEnvoyFilter.Of(resource))
            .OrderBy(filter => filter.Resource.Spec?.Priority ?? 0)
            .ThenBy(filter => filter.Namespace == rootNamespace ? 0 : 1)
            .ThenBy(filter => filter.Resource.Metadata.CreationTimestamp ?? default)
            .ThenBy(filter => filter.Resource.Metadata.Name, StringComparer.Ordinal)
            .ThenBy(filter => filter.Namespace, StringComparer.Ordinal)
            .ToList();
        var patches = filters.SelectMany(filter => filter.Patches).ToHashSet(ReferenceEqualityComparer.Instance);
        var sets = last._sets.Where(entry => entry.Key.Patches.All(patches.Contains));
        return new EnvoyFilterIndex(filters, rootNamespace, new ConcurrentDictionary<PatchSet, PatchSet>(sets));
    }

    /// <summary>The patches for a proxy: the same object as long as they are the same.</summary>
    public PatchSet For(ProxyView proxy, ServiceRegistry services)
    {
        var patches = All.Where(filter => filter.Selects(proxy, _rootNamespace)).SelectMany(filter => filter.Patches).Where(patch => patch.IsFor(proxy)).ToList();
        var set = new PatchSet(proxy.Type, patches, patches.Count > 0 && proxy.Type == ProxyType.Router ? PortsOf(proxy, services) : []);
        return _sets.GetOrAdd(set, set);
    }

    private static IEnumerable<(int Bound, int Port)> PortsOf(ProxyView proxy, ServiceRegistry services) =>
        from service in services.In(proxy.Namespace)
        where service.IsKubernetes && service.Selector is { } selector && Labels.Include(proxy.Labels, selector)
        from port in service.Ports
        select (port.TargetPort.Number ?? port.Number, port.Number);
}
