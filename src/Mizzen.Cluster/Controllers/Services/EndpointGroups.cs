using Mizzen.Resources.Core;
using Mizzen.Resources.Discovery;

namespace Mizzen.Cluster.Controllers.Services;

/// <summary>The endpoints of a service, from its pods or from the Endpoints that somebody has written for it.</summary>
internal static class EndpointGroups
{
    /// <param name="backends">The service's pods.</param>
    /// <param name="zoneOf">The zone of a node; null when it has none.</param>
    public static IEnumerable<EndpointGroup> Of(IReadOnlyList<ServiceBackend> backends, Func<string, string?> zoneOf) => backends
        .GroupBy(backend => string.Join('|', backend.Ports))
        .Select(group => new EndpointGroup([.. group.First().Ports.Select(PortOf)], [.. group.Select(backend => EndpointOf(backend, zoneOf))]));

    public static IEnumerable<EndpointGroup> Of(Endpoints endpoints) => (endpoints.Subsets ?? [])
        .Select(subset => (Ports: (subset.Ports ?? []).Select(PortOf).ToList(), Endpoints: EndpointsOf(subset)))
        .GroupBy(subset => string.Join('|', subset.Ports))
        .Select(same => new EndpointGroup(same.First().Ports, [.. same.SelectMany(subset => subset.Endpoints)]));

    private static IEnumerable<Endpoint> EndpointsOf(EndpointSubset subset) =>
    [
        .. (subset.Addresses ?? []).Select(address => EndpointOf(address, ready: true)),
        .. (subset.NotReadyAddresses ?? []).Select(address => EndpointOf(address, ready: false)),
    ];

    private static Endpoint EndpointOf(ServiceBackend backend, Func<string, string?> zoneOf)
    {
        var pod = backend.Pod;
        return new Endpoint
        {
            Addresses = [backend.Address],
            Conditions = new EndpointConditions { Ready = backend.Ready, Serving = backend.Serving, Terminating = backend.Terminating },
            Hostname = backend.Hostname,
            NodeName = pod.Spec?.NodeName,
            Zone = pod.Spec?.NodeName is { } node ? zoneOf(node) : null,
            TargetRef = new ObjectReference { Kind = "Pod", Namespace = pod.Metadata.Namespace, Name = pod.Metadata.Name, Uid = pod.Metadata.Uid },
        };
    }

    private static Endpoint EndpointOf(EndpointAddress address, bool ready) => new()
    {
        Addresses = [address.Ip],
        Conditions = new EndpointConditions { Ready = ready },
        Hostname = address.Hostname,
        NodeName = address.NodeName,
        TargetRef = address.TargetRef,
    };

    private static EndpointPort PortOf(EndpointsPort port) =>
        new() { Name = port.Name ?? "", Port = port.Port, Protocol = port.Protocol ?? "TCP", AppProtocol = port.AppProtocol };

    private static EndpointPort PortOf(TargetPort port) =>
        new() { Name = port.Name, Port = port.Port, Protocol = port.Protocol, AppProtocol = port.AppProtocol };
}
