using System.Runtime.CompilerServices;
using Mizzen.Resources.Core;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model;

/// <summary>The hosts that the mesh knows.</summary>
internal sealed class ServiceRegistry
{
    private readonly ConditionalWeakTable<object, IReadOnlyList<MeshService>> _made;
    private readonly IReadOnlyList<string> _defaultExportTo;
    private readonly Dictionary<string, IReadOnlyList<MeshService>> _byHost;
    private readonly ILookup<string, MeshService> _byNamespace;

    private ServiceRegistry(
        IReadOnlyList<MeshService> all, ConditionalWeakTable<object, IReadOnlyList<MeshService>> made, IReadOnlyList<string> defaultExportTo, AllocatedAddresses allocated)
    {
        Allocated = allocated;
        _made = made;
        _defaultExportTo = defaultExportTo;
        All = all;
        _byHost = all.GroupBy(service => service.Host, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => (IReadOnlyList<MeshService>)[.. group], StringComparer.Ordinal);
        _byNamespace = all.ToLookup(service => service.Namespace, StringComparer.Ordinal);
    }

    public static ServiceRegistry Empty { get; } = new([], [], [], AllocatedAddresses.Empty);

    /// <summary>The addresses of hosts that have none of their own.</summary>
    public AllocatedAddresses Allocated { get; }

    /// <summary>Every service, the oldest first.</summary>
    public IReadOnlyList<MeshService> All { get; }

    /// <summary>The services of these objects; those of objects that have not changed are the same as before.</summary>
    public static ServiceRegistry Of(
        IReadOnlyList<Service> services, IReadOnlyList<ServiceEntry> entries, IReadOnlyList<string>? defaultExportTo, ServiceRegistry last)
    {
        var allocated = AllocatedAddresses.Of(entries, last.Allocated);
        var made = last._defaultExportTo.SequenceEqual(defaultExportTo ?? []) ? last._made : [];
        var kubernetes = services.Where(service => service.Spec?.Type != "ExternalName")
            .SelectMany(service => made.GetValue(service, _ => [MeshService.Of(service, defaultExportTo)]));
        var declared = entries.SelectMany(entry => made.GetValue(entry, _ => [.. MeshService.Of(entry, defaultExportTo, allocated)]));
        var all = WithAliases(Joined([.. kubernetes], [.. declared]), services)
            .OrderBy(service => service.Created)
            .ThenBy(service => service.Name, StringComparer.Ordinal)
            .ThenBy(service => service.Namespace, StringComparer.Ordinal)
            .ThenBy(service => service.Host, StringComparer.Ordinal)
            .ToList();
        return new ServiceRegistry(all, made, defaultExportTo ?? [], allocated);
    }

    public IReadOnlyList<MeshService> OfHost(string host) => _byHost.GetValueOrDefault(host) ?? [];

    public IEnumerable<MeshService> In(string ns) => _byNamespace[ns];

    /// <summary>The service that a host means to a client: its own namespace's, else Kubernetes's, else the oldest that it may see.</summary>
    public MeshService? Find(string host, string clientNamespace)
    {
        var candidates = OfHost(host);
        return candidates.Count == 1 && candidates[0].Visibility.Includes(clientNamespace)
            ? candidates[0]
            : Preferred(candidates.Where(service => service.Visibility.Includes(clientNamespace)), clientNamespace);
    }

    public static MeshService? Preferred(IEnumerable<MeshService> candidates, string clientNamespace) => candidates
        .OrderBy(service => service.Namespace == clientNamespace ? 0 : service.IsKubernetes ? 1 : 2)
        .FirstOrDefault();

    /// <summary>A Kubernetes Service stands before a ServiceEntry of its host; ServiceEntries of one namespace for one host add up.</summary>
    private static List<MeshService> Joined(List<MeshService> kubernetes, List<MeshService> declared)
    {
        var hosts = kubernetes.Select(service => service.Host).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. kubernetes,
            .. declared.Where(service => !hosts.Contains(service.Host))
                .GroupBy(service => (service.Host, service.Namespace))
                .Select(group => group.Count() == 1 ? group.First() : Sum(group.OrderBy(service => service.Created).ThenBy(service => service.Name, StringComparer.Ordinal))),
        ];
    }

    private static MeshService Sum(IEnumerable<MeshService> services)
    {
        var first = services.First();
        return first.With([.. services.SelectMany(service => service.Ports).DistinctBy(port => port.Number)], first.Aliases);
    }

    /// <summary>An ExternalName Service is another name of the host that it points at, if the mesh knows that one.</summary>
    private static IEnumerable<MeshService> WithAliases(List<MeshService> all, IReadOnlyList<Service> services)
    {
        var targets = services.Where(service => service.Spec is { Type: "ExternalName", ExternalName.Length: > 0 }).ToDictionary(
            service => HostName.OfService(service.Metadata.Name ?? "", service.Metadata.Namespace ?? ""),
            service => service.Spec!.ExternalName!.TrimEnd('.').ToLowerInvariant(),
            StringComparer.Ordinal);
        if (targets.Count == 0)
        {
            return all;
        }

        var aliases = targets.Keys.ToLookup(alias => Final(alias, targets), StringComparer.Ordinal);
        return all.Select(service => aliases.Contains(service.Host)
            ? service.With(service.Ports, [.. aliases[service.Host].Order(StringComparer.Ordinal)])
            : service);
    }

    private static string Final(string host, Dictionary<string, string> targets)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (targets.TryGetValue(host, out var next) && seen.Add(host))
        {
            host = next;
        }

        return host;
    }
}
