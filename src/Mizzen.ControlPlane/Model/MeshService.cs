using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Model;

/// <summary>How the endpoints of a service are found (Istio's <c>resolution</c>).</summary>
internal enum Resolution
{
    /// <summary>The control plane knows them.</summary>
    Static,

    /// <summary>The proxy asks the DNS for all addresses.</summary>
    Dns,

    /// <summary>The proxy asks the DNS and takes the first address.</summary>
    DnsRoundRobin,

    /// <summary>The address that the app dialled.</summary>
    Passthrough,
}

/// <summary>One port of a service.</summary>
/// <param name="Number">As clients dial it.</param>
/// <param name="Name">Its name; empty when it has none.</param>
/// <param name="Protocol">What is spoken.</param>
/// <param name="TargetPort">The workload's port by number or name.</param>
internal sealed record MeshPort(int Number, string Name, PortProtocol Protocol, IntOrString TargetPort);

/// <summary>A host that the mesh knows: a Kubernetes Service or one host of a ServiceEntry. Compared by reference.</summary>
internal sealed class MeshService
{
    /// <summary>The full host name, in lower case; a ServiceEntry's may be a wildcard.</summary>
    public required string Host { get; init; }

    /// <summary>The object's name.</summary>
    public required string Name { get; init; }

    public required string Namespace { get; init; }

    public required ResourceKey Key { get; init; }

    /// <summary>Addresses or ranges at which clients dial it.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>Addresses that were given to a host which has none: only clients with a DNS of their own can dial them.</summary>
    public IReadOnlyList<string> Allocated { get; init; } = [];

    public IReadOnlyList<MeshPort> Ports { get; init; } = [];

    public Resolution Resolution { get; init; }

    /// <summary>A Kubernetes Service without an address of its own.</summary>
    public bool IsHeadless { get; init; }

    /// <summary>Comes from a Kubernetes Service.</summary>
    public bool IsKubernetes { get; init; }

    /// <summary>Outside the mesh (<c>MESH_EXTERNAL</c>).</summary>
    public bool IsExternal { get; init; }

    public required Visibility Visibility { get; init; }

    public DateTimeOffset Created { get; init; }

    /// <summary>What Kubernetes's <c>spec.trafficDistribution</c> says, or Istio's annotation; null for nothing.</summary>
    public string? TrafficDistribution { get; init; }

    /// <summary>The labels of its workloads; null when it does not select any.</summary>
    public IReadOnlyDictionary<string, string>? Selector { get; init; }

    /// <summary>The endpoints that a ServiceEntry lists.</summary>
    public IReadOnlyList<WorkloadEntrySpec> ListedEndpoints { get; init; } = [];

    /// <summary>Other hosts that mean this one (ExternalName Services).</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    public MeshPort? Port(int number) => Ports.FirstOrDefault(port => port.Number == number);

    public static MeshService Of(Service service, IReadOnlyList<string>? defaultExportTo)
    {
        var ns = service.Metadata.Namespace ?? "";
        var name = service.Metadata.Name ?? "";
        var isHeadless = service.Spec?.ClusterIp == "None";
        return new MeshService
        {
            Host = HostName.OfService(name, ns),
            Name = name,
            Namespace = ns,
            Key = new ResourceKey("", "Service", ns, name),
            Addresses = isHeadless ? [] : AddressesOf(service),
            Ports = [.. (service.Spec?.Ports ?? []).Select(PortOf)],
            Resolution = isHeadless ? Resolution.Passthrough : Resolution.Static,
            IsHeadless = isHeadless,
            IsKubernetes = true,
            Visibility = Visibility.Of(ExportTo(service), defaultExportTo, ns),
            Created = service.Metadata.CreationTimestamp ?? default,
            TrafficDistribution = DistributionOf(service.Metadata) ?? service.Spec?.TrafficDistribution,
            Selector = service.Spec?.Selector is { Count: > 0 } selector ? selector : null,
        };
    }

    public static IEnumerable<MeshService> Of(ServiceEntry entry, IReadOnlyList<string>? defaultExportTo, AllocatedAddresses allocated)
    {
        var spec = entry.Spec ?? new ServiceEntrySpec();
        var ns = entry.Metadata.Namespace ?? "";
        var name = entry.Metadata.Name ?? "";
        return (spec.Hosts ?? []).Select(host => new MeshService
        {
            Host = host.ToLowerInvariant(),
            Name = name,
            Namespace = ns,
            Key = new ResourceKey("networking.istio.io", "ServiceEntry", ns, name),
            Addresses = [.. (spec.Addresses ?? []).Select(address => address.EndsWith("/32", StringComparison.Ordinal) ? address[..^3] : address)],
            Allocated = allocated.Of(entry, host),
            Ports = [.. (spec.Ports ?? []).Select(PortOf)],
            Resolution = spec.Resolution switch
            {
                "STATIC" => Resolution.Static,
                "DNS" => Resolution.Dns,
                "DNS_ROUND_ROBIN" => Resolution.DnsRoundRobin,
                _ => Resolution.Passthrough,
            },
            IsExternal = spec.Location != "MESH_INTERNAL",
            Visibility = Visibility.Of(spec.ExportTo, defaultExportTo, ns),
            Created = entry.Metadata.CreationTimestamp ?? default,
            TrafficDistribution = DistributionOf(entry.Metadata),
            Selector = spec.WorkloadSelector?.Labels,
            ListedEndpoints = spec.Endpoints ?? [],
        });
    }

    /// <summary>This service with more ports or names.</summary>
    public MeshService With(IReadOnlyList<MeshPort> ports, IReadOnlyList<string> aliases) => new()
    {
        Host = Host,
        Name = Name,
        Namespace = Namespace,
        Key = Key,
        Addresses = Addresses,
        Allocated = Allocated,
        Ports = ports,
        Resolution = Resolution,
        IsHeadless = IsHeadless,
        IsKubernetes = IsKubernetes,
        IsExternal = IsExternal,
        Visibility = Visibility,
        Created = Created,
        TrafficDistribution = TrafficDistribution,
        Selector = Selector,
        ListedEndpoints = ListedEndpoints,
        Aliases = aliases,
    };

    private static List<string>? ExportTo(Service service) =>
        service.Metadata.Annotations?.GetValueOrDefault("networking.istio.io/exportTo")
            ?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToList();

    private static string? DistributionOf(ObjectMeta metadata) => metadata.Annotations?.GetValueOrDefault("networking.istio.io/traffic-distribution");

    private static List<string> AddressesOf(Service service) =>
        [.. (service.Spec?.ClusterIps ?? [service.Spec?.ClusterIp ?? ""]).Where(address => address.Length > 0)];

    private static MeshPort PortOf(ServicePort port) => new(port.Port, port.Name ?? "", PortProtocols.Of(port), port.TargetPort ?? port.Port);

    private static MeshPort PortOf(Port port) =>
        new(port.Number ?? 0, port.Name ?? "", PortProtocols.Of(port.Protocol), port.TargetPort is > 0 ? port.TargetPort.Value : port.Number ?? 0);
}
