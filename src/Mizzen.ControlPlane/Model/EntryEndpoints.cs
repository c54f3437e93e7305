using System.Runtime.CompilerServices;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model;

/// <summary>Endpoints that ServiceEntries list or select, and the WorkloadEntries that services of either kind select.</summary>
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

        var pods = workloads.In(service.Namespace).Where(pod => pod is { Address: not null, IsReady: true } && Labels.Include(pod.Labels, selector))
            .OrderBy(pod => pod.Name, StringComparer.Ordinal)
            .Select(pod => new MeshEndpoint(pod.Address!, Target(port), pod, 1));
        return OfEntries(service, port, entries).Concat(pods);
    }

    /// <summary>The WorkloadEntries of the service's namespace that it selects, as far as they are healthy and can be dialled.</summary>
    public static IEnumerable<MeshEndpoint> OfEntries(MeshService service, MeshPort port, IEnumerable<WorkloadEntry> entries) => service.Selector is not { } selector
        ? []
        : entries.Where(entry => entry.Spec?.Address is { Length: > 0 } && IsHealthy(entry) && Labels.Include(entry.Spec.Labels, selector))
            .Select(entry => Listed(entry.Spec!, port, service, entry.Metadata.Name));

    // Only where somebody looks after the workload's health does the lack of a word about it mean something.
    private static bool IsHealthy(WorkloadEntry entry) =>
        entry.Metadata.Annotations?.GetValueOrDefault("proxy.istio.io/health-checks-enabled") != "true"
        || entry.Status?.Conditions?.Any(condition => condition is { Type: "Healthy", Status: "True" }) == true;

    private static MeshEndpoint Listed(WorkloadEntrySpec spec, MeshPort port, MeshService service, string? name = null)
    {
        var number = spec.Ports?.GetValueOrDefault(port.Name) is > 0 and var mapped ? mapped
            : spec.Ports?.GetValueOrDefault(port.TargetPort.Text ?? "") is > 0 and var named ? named
            : Target(port);
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
