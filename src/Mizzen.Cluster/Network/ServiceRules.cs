using System.Net;
using Mizzen.Netlink;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Network;

/// <summary>The router's address translation for a set of services: what a packet to a service, or to the outside, becomes.</summary>
internal static class ServiceRules
{
    /// <summary>A port on which the router never listens: what is sent there is refused at once.</summary>
    private const ushort NobodysPort = 1;

    /// <summary>The API server and the name server live in the router itself.</summary>
    private static readonly IPAddress[] OwnAddresses = [ClusterNetwork.ApiServerAddress, ClusterNetwork.DnsAddress];

    private static readonly IReadOnlyList<NftExpression> Egress =
    [
        NftExpression.InputLink("lo", equal: false),
        NftExpression.Tcp,
        NftExpression.Destination(ClusterNetwork.PodRange, equal: false),
        NftExpression.Redirect(EgressRelay.Port),
    ];

    /// <summary>The chains, from the services and the endpoints of each of their ports.</summary>
    public static IReadOnlyList<NftChain> Build(
        IReadOnlyCollection<Service> services, Func<Service, ServicePort, IReadOnlyList<IPEndPoint>> endpointsOf)
    {
        var ports = services.SelectMany(service => PortsOf(service, endpointsOf)).ToList();
        return
        [
            new NftChain("prerouting", NftHook.Prerouting, [.. Own, .. ports.SelectMany(RulesOf), .. Refused, Egress]),
            new NftChain("postrouting", NftHook.Postrouting, [.. ports.SelectMany(port => port.Endpoints).Select(endpoint => endpoint.Address).Distinct().Select(Hairpin)]),
        ];
    }

    private static IEnumerable<IReadOnlyList<NftExpression>> Own => OwnAddresses.Select(
        static address => (IReadOnlyList<NftExpression>)[NftExpression.Destination(new IPNetwork(address, 32)), NftExpression.Accept]);

    private static IEnumerable<IReadOnlyList<NftExpression>> Refused => [RefusedFor(NftExpression.Tcp), RefusedFor(NftExpression.Udp)];

    private static IReadOnlyList<NftExpression> RefusedFor(NftExpression protocol) =>
        [NftExpression.Destination(ClusterNetwork.ServiceRange), protocol, NftExpression.Redirect(NobodysPort)];

    // The addresses of nodes are those of their ranges that end with 1.
    private static NftExpression[] Nodes => [NftExpression.Destination(ClusterNetwork.PodRange), NftExpression.DestinationEnding(NodeRange.NodeItself)];

    private static IEnumerable<PortRule> PortsOf(Service service, Func<Service, ServicePort, IReadOnlyList<IPEndPoint>> endpointsOf)
    {
        if (!IPAddress.TryParse(service.Spec?.ClusterIp, out var address) || OwnAddresses.Contains(address))
        {
            yield break;
        }

        foreach (var port in service.Spec!.Ports ?? [])
        {
            var endpoints = endpointsOf(service, port);
            yield return new PortRule([NftExpression.Destination(new IPNetwork(address, 32))], port.Port, port.Protocol, endpoints);
            if (port.NodePort is > 0 and var everywhere)
            {
                yield return new PortRule(Nodes, everywhere, port.Protocol, endpoints);
            }
        }
    }

    // Each rule takes its share of what the ones before it left.
    private static IEnumerable<IReadOnlyList<NftExpression>> RulesOf(PortRule rule)
    {
        var protocol = rule.Protocol == "UDP" ? NftExpression.Udp : NftExpression.Tcp;
        for (var i = 0; i < rule.Endpoints.Count; i++)
        {
            NftExpression[] match = [.. rule.To, protocol, NftExpression.DestinationPort((ushort)rule.Port)];
            var left = rule.Endpoints.Count - i;
            NftExpression[] chance = left > 1 ? [NftExpression.OneIn((uint)left)] : [];
            yield return [.. match, .. chance, NftExpression.DestinationNat(rule.Endpoints[i])];
        }
    }

    // A pod that its service sends to itself would drop a packet from its own address.
    private static IReadOnlyList<NftExpression> Hairpin(IPAddress pod)
    {
        var itself = new IPNetwork(pod, 32);
        return [NftExpression.Source(itself), NftExpression.Destination(itself), NftExpression.Masquerade];
    }

    private sealed record PortRule(NftExpression[] To, int Port, string? Protocol, IReadOnlyList<IPEndPoint> Endpoints);
}
