using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Where the connections of a TCP port go: the rules of a VirtualService, or simply the service.</summary>
internal static class TcpRoutes
{
    /// <summary>The chains of a service's port: one for each rule that is about some destinations only, then that for the rest.</summary>
    public static List<FilterChain> OfService(MeshService service, MeshPort port, MeshVirtualService? rule, RouteScope scope)
    {
        var chains = rule is null ? [] : Of(rule, EnvoyNames.Outbound(port.Number, null, service.Host), scope);
        if (chains.All(chain => chain.FilterChainMatch is not null))
        {
            var cluster = EnvoyNames.Outbound(port.Number, null, service.Host);
            chains.Add(new FilterChain { Filters = { Filters.Tcp(cluster, cluster, scope.Mesh, scope.Client.PolicyOf(service.Host, port.Number, null)) } });
        }

        return chains;
    }

    /// <summary>The rules that apply here, up to the first that takes everything.</summary>
    public static List<FilterChain> Of(MeshVirtualService service, string statPrefix, RouteScope scope)
    {
        var chains = new List<FilterChain>();
        foreach (var rule in service.Tcp)
        {
            foreach (var match in rule.Match is { Count: > 0 } matches ? matches : [new L4MatchAttributes()])
            {
                var gateways = match.Gateways?.Select(name => MeshVirtualService.GatewayName(name, service.Namespace)).ToList();
                if (!scope.Takes(match.Port, gateways, match.SourceLabels, match.SourceNamespace))
                {
                    continue;
                }

                var ranges = (match.DestinationSubnets ?? []).Select(Messages.Range).ToList();
                chains.Add(Chain(rule.Route ?? [], ranges, statPrefix, service, scope));
                if (ranges.Count == 0)
                {
                    return chains;
                }
            }
        }

        return chains;
    }

    private static FilterChain Chain(
        IReadOnlyList<RouteDestination> routes, List<CidrRange> ranges, string statPrefix, MeshVirtualService service, RouteScope scope)
    {
        var chain = new FilterChain { Filters = { Filter(routes, statPrefix, service, scope) } };
        if (ranges.Count > 0)
        {
            chain.FilterChainMatch = new FilterChainMatch { PrefixRanges = { ranges } };
        }

        return chain;
    }

    /// <summary>Bytes to the destinations by weight.</summary>
    public static Filter Filter(IReadOnlyList<RouteDestination> routes, string statPrefix, MeshVirtualService service, RouteScope scope)
    {
        if (routes is [var only])
        {
            return Filters.Tcp(statPrefix, ClusterOf(only), scope.Mesh, scope.PolicyOf(Resolved(only)));
        }

        return Filters.Tcp(
            statPrefix, routes.Where(route => route.Weight is > 0).Select(route => (ClusterOf(route), (uint)route.Weight!.Value)), scope.Mesh);

        string ClusterOf(RouteDestination route) => scope.ClusterOf(Resolved(route));

        Destination Resolved(RouteDestination route) => TcpRoutes.Resolved(route, service);
    }

    /// <summary>The clusters of the destinations.</summary>
    public static IEnumerable<string> ClustersOf(IReadOnlyList<RouteDestination> routes, MeshVirtualService service, RouteScope scope) =>
        routes.Select(route => scope.ClusterOf(Resolved(route, service)));

    private static Destination Resolved(RouteDestination route, MeshVirtualService service)
    {
        var destination = route.Destination ?? new Destination();
        return destination with { Host = service.Resolve(destination.Host ?? "") };
    }
}
