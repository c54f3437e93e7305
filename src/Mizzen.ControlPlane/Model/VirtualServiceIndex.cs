using System.Runtime.CompilerServices;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model;

/// <summary>The VirtualServices of the mesh, in the order in which they count: the oldest first.</summary>
internal sealed class VirtualServiceIndex
{
    private readonly ConditionalWeakTable<VirtualService, MeshVirtualService> _made;
    private readonly IReadOnlyList<string> _defaultExportTo;

    private VirtualServiceIndex(
        IReadOnlyList<MeshVirtualService> all, ConditionalWeakTable<VirtualService, MeshVirtualService> made, IReadOnlyList<string> defaultExportTo)
    {
        _made = made;
        _defaultExportTo = defaultExportTo;
        All = all;
        SourceLabels = all
            .SelectMany(service => service.Http.SelectMany(route => route.Match ?? []).Select(match => match.SourceLabels)
                .Concat(service.Tcp.SelectMany(route => route.Match ?? []).Select(match => match.SourceLabels))
                .Concat(service.Tls.SelectMany(route => route.Match ?? []).Select(match => match.SourceLabels)))
            .SelectMany(labels => labels?.Keys ?? [])
            .ToHashSet(StringComparer.Ordinal);
    }

    public static VirtualServiceIndex Empty { get; } = new([], [], []);

    /// <summary>Delegates are not listed: they are part of the objects that name them.</summary>
    public IReadOnlyList<MeshVirtualService> All { get; }

    /// <summary>The labels of clients that any rule asks for.</summary>
    public IReadOnlySet<string> SourceLabels { get; }

    /// <summary>The index of these objects; those that have not changed, and take nothing from delegates, are the same as before.</summary>
    public static VirtualServiceIndex Of(IReadOnlyList<VirtualService> resources, IReadOnlyList<string>? defaultExportTo, VirtualServiceIndex last)
    {
        var made = last._defaultExportTo.SequenceEqual(defaultExportTo ?? []) ? last._made : [];
        var delegates = resources.Where(IsDelegate).ToDictionary(resource => (resource.Metadata.Namespace ?? "", resource.Metadata.Name ?? ""));
        return new VirtualServiceIndex(
        [
            .. resources.Where(resource => !IsDelegate(resource))
                .OrderBy(resource => resource.Metadata.CreationTimestamp ?? default)
                .ThenBy(resource => resource.Metadata.Name, StringComparer.Ordinal)
                .ThenBy(resource => resource.Metadata.Namespace, StringComparer.Ordinal)
                .Select(resource => resource.Spec?.Http?.Any(route => route.Delegate is not null) == true
                    ? Of(resource, delegates, defaultExportTo)
                    : made.GetValue(resource, _ => Of(resource, delegates, defaultExportTo))),
        ],
        made,
        defaultExportTo ?? []);
    }

    /// <summary>What a namespace's sidecars see, in the order in which they prefer.</summary>
    public IEnumerable<MeshVirtualService> For(string gateway, string ns) =>
        All.Where(service => service.IsFor(gateway) && service.Visibility.Includes(ns)).OrderBy(service => service.Visibility.RankFor(ns));

    public static bool IsDelegate(VirtualService resource) => resource.Spec?.Hosts is not { Count: > 0 };

    private static MeshVirtualService Of(
        VirtualService resource, Dictionary<(string, string), VirtualService> delegates, IReadOnlyList<string>? defaultExportTo)
    {
        var spec = resource.Spec ?? new VirtualServiceSpec();
        var ns = resource.Metadata.Namespace ?? "";
        IReadOnlyList<string> gateways = spec.Gateways is { Count: > 0 } named
            ? [.. named.Select(name => MeshVirtualService.GatewayName(name, ns))]
            : [MeshVirtualService.Mesh];
        return new MeshVirtualService
        {
            Name = resource.Metadata.Name ?? "",
            Namespace = ns,
            Hosts = [.. (spec.Hosts ?? []).Select(host => HostName.Resolve(host, ns))],
            Gateways = gateways,
            Visibility = Visibility.Of(spec.ExportTo, defaultExportTo, ns),
            Http = DelegateMerge.Resolve(spec.Http ?? [], ns, delegates, defaultExportTo),
            Tcp = spec.Tcp ?? [],
            Tls = spec.Tls ?? [],
            Created = resource.Metadata.CreationTimestamp ?? default,
        };
    }
}
