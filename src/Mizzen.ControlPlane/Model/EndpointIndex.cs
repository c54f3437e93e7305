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

    /// <summary>Who serves it: <c>namespace/service account</c>, sorted.</summary>
    public IReadOnlyList<string> Accounts => field ??=
    [
        .. All.Select(endpoint => endpoint.Workload).OfType<Workload>().Where(workload => workload.TakesMutualTls)
            .Select(workload => $"{workload.Namespace}/{workload.ServiceAccount}").Distinct().Order(StringComparer.Ordinal),
    ];

    /// <summary>There are endpoints, and the proxies of all of them take mutual TLS.</summary>
    public bool TakesMutualTls => All.Any() && All.All(endpoint => endpoint.Workload is { TakesMutualTls: true });

    /// <summary>What clients have to know to recognise the servers, for comparing.</summary>
    public string Identity => field ??= $"{string.Join(',', Accounts)} {TakesMutualTls}";

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
    private readonly Dictionary<MeshService, Source> _sources;

    private EndpointIndex(Dictionary<MeshService, ServiceEndpoints> byService, Dictionary<MeshService, Source> sources, EndpointIndex? last)
    {
        _sources = sources;
        _byService = byService;
        List<ServiceEndpoints> inConfiguration = [.. byService.Where(entry => entry.Key.IsHeadless || !entry.Key.IsKubernetes).Select(entry => entry.Value)];
        InConfiguration = last is not null && last.InConfiguration.SequenceEqual(inConfiguration) ? last.InConfiguration : inConfiguration;
        List<string> identities = [.. byService.Select(entry => entry.Value.Identity)];
        Identities = last is not null && last.Identities.SequenceEqual(identities) ? last.Identities : identities;
        _byName = byService.ToDictionary(entry => (entry.Key.Namespace, entry.Key.Name, entry.Key.Host), entry => entry.Value);
    }

    public static EndpointIndex Empty { get; } = new([], [], null);

    /// <summary>
    /// The endpoints on which listeners and clusters depend: those of services without an address, which have a listener for each, and
    /// those that the DNS resolves. The same list as before when none of them has changed.
    /// </summary>
    public IReadOnlyList<ServiceEndpoints> InConfiguration { get; }

    /// <summary>Who serves each service (<see cref="ServiceEndpoints.Identity"/>). The same list as before when nothing of it has changed.</summary>
    public IReadOnlyList<string> Identities { get; }

    /// <summary>The endpoints of every service; those that have not changed are the same object as before.</summary>
    public static EndpointIndex Of(
        ServiceRegistry registry, IReadOnlyList<EndpointSlice> slices, IReadOnlyList<WorkloadEntry> entries, WorkloadIndex workloads, EndpointIndex last)
    {
        var byService = slices.ToLookup(slice => (slice.Metadata.Namespace ?? "", slice.Metadata.Labels?.GetValueOrDefault(ServiceLabel) ?? ""));
        var outside = entries.ToLookup(entry => entry.Metadata.Namespace ?? "", StringComparer.Ordinal);
        var next = new Dictionary<MeshService, ServiceEndpoints>(registry.All.Count);
        var sources = new Dictionary<MeshService, Source>(registry.All.Count);
        foreach (var service in registry.All)
        {
            var source = new Source([.. byService[(service.Namespace, service.Name)]], [.. outside[service.Namespace]], workloads);
            sources[service] = source;
            if (last.IsCurrent(service, source))
            {
                next[service] = last._byService[service];
                continue;
            }

            var made = service.IsKubernetes
                ? SliceEndpoints.Of(service, byService[(service.Namespace, service.Name)], outside[service.Namespace], workloads)
                : EntryEndpoints.Of(service, outside[service.Namespace], workloads);
            var known = last._byName.GetValueOrDefault((service.Namespace, service.Name, service.Host));
            next[service] = known is not null && known.IsSameAs(made) ? known : made;
        }

        var same = next.Count == last._byService.Count
            && next.All(entry => last._byService.TryGetValue(entry.Key, out var known) && ReferenceEquals(known, entry.Value));
        return same ? last : new EndpointIndex(next, sources, last);
    }

    /// <summary>What the endpoints of a service were made from is there unchanged.</summary>
    private bool IsCurrent(MeshService service, Source source) =>
        _sources.TryGetValue(service, out var known) && known.HasSameObjects(source)
        && (ReferenceEquals(known.Workloads, source.Workloads) || (service.IsKubernetes && _byService[service].All.All(endpoint => source.IsThere(endpoint.Workload))));

    public ServiceEndpoints Of(MeshService service) => _byService.GetValueOrDefault(service) ?? ServiceEndpoints.None;

    /// <summary>What the endpoints of a service are made from.</summary>
    private sealed record Source(IReadOnlyList<EndpointSlice> Slices, IReadOnlyList<WorkloadEntry> Entries, WorkloadIndex Workloads)
    {
        public bool HasSameObjects(Source other) =>
            Slices.SequenceEqual(other.Slices, ReferenceEqualityComparer.Instance) && Entries.SequenceEqual(other.Entries, ReferenceEqualityComparer.Instance);

        // One that was not known may be by now, and one of a WorkloadEntry is no pod: such endpoints are looked at again.
        public bool IsThere(Workload? workload) => workload is not null && ReferenceEquals(Workloads.Find(workload.Namespace, workload.Name), workload);
    }
}
