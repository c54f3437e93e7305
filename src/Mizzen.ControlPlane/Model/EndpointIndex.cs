using Mizzen.Resources.Discovery;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model;

/// <summary>One place where a port of a service is served.</summary>
/// <param name="Address">An IP address; a host name where the proxy resolves it.</param>
/// <param name="Port">The workload's port.</param>
/// <param name="Workload">Who is there, as far as it is known.</param>
/// <param name="Weight">Its share among equals, from 1.</param>
internal sealed record MeshEndpoint(string Address, int Port, Workload? Workload, int Weight)
{
    public IReadOnlyDictionary<string, string>? Labels => Workload?.Labels;

    public Locality Locality => Workload?.Locality ?? Locality.Unknown;
}

/// <summary>The endpoints of one service, by the number of its port. Compared by reference: kept while nothing changes.</summary>
internal sealed class ServiceEndpoints(IReadOnlyDictionary<int, IReadOnlyList<MeshEndpoint>> ports)
{
    public static ServiceEndpoints None { get; } = new(new Dictionary<int, IReadOnlyList<MeshEndpoint>>());

    public IReadOnlyList<MeshEndpoint> Of(int port) => ports.GetValueOrDefault(port) ?? [];

    public IEnumerable<MeshEndpoint> All => ports.Values.SelectMany(endpoints => endpoints);

    public bool IsSameAs(ServiceEndpoints other) => Same(ports, other);

    private static bool Same(IReadOnlyDictionary<int, IReadOnlyList<MeshEndpoint>> ports, ServiceEndpoints other) =>
        ports.All(port => other.Of(port.Key).SequenceEqual(port.Value)) && ports.Values.Sum(list => list.Count) == other.All.Count();
}

/// <summary>Where every service is served.</summary>
internal sealed class EndpointIndex
{
    private const string ServiceLabel = "kubernetes.io/service-name";
    private readonly Dictionary<MeshService, ServiceEndpoints> _byService;
    private readonly Dictionary<(string Namespace, string Name, string Host), ServiceEndpoints> _byName;

    private EndpointIndex(Dictionary<MeshService, ServiceEndpoints> byService)
    {
        _byService = byService;
        _byName = byService.ToDictionary(entry => (entry.Key.Namespace, entry.Key.Name, entry.Key.Host), entry => entry.Value);
    }

    public static EndpointIndex Empty { get; } = new([]);

    /// <summary>The endpoints of every service; those that have not changed are the same object as before.</summary>
    public static EndpointIndex Of(
        ServiceRegistry registry, IReadOnlyList<EndpointSlice> slices, IReadOnlyList<WorkloadEntry> entries, WorkloadIndex workloads, EndpointIndex last)
    {
        var byService = slices.ToLookup(slice => (slice.Metadata.Namespace ?? "", slice.Metadata.Labels?.GetValueOrDefault(ServiceLabel) ?? ""));
        var outside = entries.ToLookup(entry => entry.Metadata.Namespace ?? "", StringComparer.Ordinal);
        var next = new Dictionary<MeshService, ServiceEndpoints>(registry.All.Count);
        foreach (var service in registry.All)
        {
            var made = service.IsKubernetes
                ? SliceEndpoints.Of(service, byService[(service.Namespace, service.Name)], workloads)
                : EntryEndpoints.Of(service, outside[service.Namespace], workloads);
            var known = last._byName.GetValueOrDefault((service.Namespace, service.Name, service.Host));
            next[service] = known is not null && known.IsSameAs(made) ? known : made;
        }

        var same = next.Count == last._byService.Count
            && next.All(entry => last._byService.TryGetValue(entry.Key, out var known) && ReferenceEquals(known, entry.Value));
        return same ? last : new EndpointIndex(next);
    }

    public ServiceEndpoints Of(MeshService service) => _byService.GetValueOrDefault(service) ?? ServiceEndpoints.None;
}
