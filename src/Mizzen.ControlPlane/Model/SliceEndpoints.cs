using Mizzen.Resources.Discovery;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model;

/// <summary>The endpoints of Kubernetes Services: those of their EndpointSlices that are ready, and WorkloadEntries with the labels that they select.</summary>
internal static class SliceEndpoints
{
    public static ServiceEndpoints Of(MeshService service, IEnumerable<EndpointSlice> slices, IEnumerable<WorkloadEntry> entries, WorkloadIndex workloads)
    {
        var ports = new Dictionary<int, IReadOnlyList<MeshEndpoint>>();
        var all = slices.Where(slice => slice.AddressType is null or "IPv4" or "IPv6").ToList();
        foreach (var port in service.Ports)
        {
            var endpoints = all.SelectMany(slice => OfPort(slice, port, workloads)).Concat(EntryEndpoints.OfEntries(service, port, entries))
                .DistinctBy(endpoint => (endpoint.Address, endpoint.Port))
                .OrderBy(endpoint => endpoint.Address, StringComparer.Ordinal)
                .ThenBy(endpoint => endpoint.Port)
                .ToList();
            if (endpoints.Count > 0)
            {
                ports[port.Number] = endpoints;
            }
        }

        return new ServiceEndpoints(ports);
    }

    private static IEnumerable<MeshEndpoint> OfPort(EndpointSlice slice, MeshPort port, WorkloadIndex workloads)
    {
        // A slice names its ports as the Service does: that is how the two belong together.
        if ((slice.Ports ?? []).FirstOrDefault(candidate => (candidate.Name ?? "") == port.Name)?.Port is not { } number)
        {
            return [];
        }

        return (slice.Endpoints ?? [])
            .Where(endpoint => endpoint.Conditions?.Ready != false && endpoint.Addresses is { Count: > 0 })
            .Select(endpoint => new MeshEndpoint(endpoint.Addresses![0], number, WorkloadOf(endpoint, slice, workloads), 1));
    }

    private static Workload? WorkloadOf(Endpoint endpoint, EndpointSlice slice, WorkloadIndex workloads) =>
        endpoint.TargetRef is { Kind: "Pod", Name: { } name }
            ? workloads.Find(endpoint.TargetRef.Namespace ?? slice.Metadata.Namespace ?? "", name)
            : null;
}
