using System.Runtime.CompilerServices;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model;

/// <summary>The endpoints of ServiceEntries: listed, selected by labels, or the host itself.</summary>
internal static class EntryEndpoints
{
    private static readonly Dictionary<string, string> NoLabels = [];

    // The workload of an entry that has not changed stays the same object, as that of a pod does.
    private static readonly ConditionalWeakTable<WorkloadEntrySpec, Workload> Made = [];

    public static ServiceEndpoints Of(MeshService service, IEnumerable<WorkloadEntry> entries, WorkloadIndex workloads)
    {
        var ports = new Dictionary<int, IReadOnlyList<MeshEndpoint>>();
        foreach (var port in service.Ports)
        {
            IReadOnlyList<MeshEndpoint> endpoints =
            [
                .. service.ListedEndpoints.Select(spec => Listed(spec, port, service)),
                .. Selected(service, port, entries, workloads),
            ];
            if (endpoints.Count == 0 && service.Resolution is Resolution.Dns or Resolution.DnsRoundRobin && !HostName.IsWildcard(service.Host))
            {
                endpoints = [new MeshEndpoint(service.Host, Target(port), null, 1)];
            }

            if (endpoints.Count > 0)
            {
                ports[port.Number] = endpoints;
            }
        }

        return new ServiceEndpoints(ports);
    }

    private static IEnumerable<MeshEndpoint> Selected(MeshService service, MeshPort port, IEnumerable<WorkloadEntry> entries, WorkloadIndex workloads)
    {
        if (service.Selector is not { } selector)
        {
            return [];
        }

        var outside = entries.Where(entry => Labels.Include(entry.Spec?.Labels, selector))
            .Select(entry => Listed(entry.Spec!, port, service, entry.Metadata.Name));
        var pods = workloads.In(service.Namespace).Where(pod => pod.Address is not null && Labels.Include(pod.Labels, selector))
            .OrderBy(pod => pod.Name, StringComparer.Ordinal)
            .Select(pod => new MeshEndpoint(pod.Address!, Target(port), pod, 1));
        return outside.Concat(pods);
    }

    private static MeshEndpoint Listed(WorkloadEntrySpec spec, MeshPort port, MeshService service, string? name = null)
    {
        var number = spec.Ports is { } own && own.TryGetValue(port.Name, out var mapped) ? mapped : Target(port);
        var workload = spec.Labels is null && spec.Locality is null && spec.ServiceAccount is null && name is null
            ? null
            : Made.GetValue(spec, _ => WorkloadOf(spec, service.Namespace, name ?? service.Name));
        return new MeshEndpoint((spec.Address ?? "").ToLowerInvariant(), number, workload, Math.Max(1, spec.Weight ?? 1));
    }

    private static Workload WorkloadOf(WorkloadEntrySpec spec, string ns, string name) => new()
    {
        Namespace = ns,
        Name = name,
        Owner = name,
        Labels = spec.Labels ?? NoLabels,
        Locality = Locality.Parse(spec.Locality),
        ServiceAccount = spec.ServiceAccount is { Length: > 0 } account ? account : "default",
    };

    private static int Target(MeshPort port) => port.TargetPort.Number ?? port.Number;
}
