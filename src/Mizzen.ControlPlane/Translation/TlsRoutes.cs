using Envoy.Config.Listener.V3;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Where connections go that pass a proxy unopened: by the name that the client asks for (<c>tls</c> rules of VirtualServices).</summary>
internal static class TlsRoutes
{
    /// <summary>The chains of a port of a sidecar's service: those of its rule, else one for its own name where the address does not tell it.</summary>
    public static List<FilterChain> OfService(MeshService service, MeshPort port, MeshVirtualService? rule, RouteScope scope, bool isTold)
    {
        var cluster = EnvoyNames.Outbound(port.Number, null, service.Host);
        List<FilterChain> chains = rule is null ? [] : [.. Of(rule, name => name, cluster, scope)];
        if (chains.Count == 0)
        {
            chains.Add(new FilterChain { Filters = { Filters.Tcp(cluster, cluster, scope.Mesh, scope.Client.PolicyOf(service.Host, port.Number, null)) } });
            if (!isTold)
            {
                chains[0].FilterChainMatch = GatewayTls.Match([service.Host]);
            }
        }

        return chains;
    }

    /// <summary>A chain for each match of each rule, as far as the server's hosts cover its names.</summary>
    public static IEnumerable<FilterChain> Of(MeshVirtualService service, MeshGatewayServer server, string statPrefix, RouteScope scope) =>
        Of(service, name => server.Bound(name, service.Namespace), statPrefix, scope);

    private static IEnumerable<FilterChain> Of(MeshVirtualService service, Func<string, string?> served, string statPrefix, RouteScope scope)
    {
        foreach (var rule in service.Tls)
        {
            foreach (var match in rule.Match ?? [])
            {
                var gateways = match.Gateways?.Select(name => MeshVirtualService.GatewayName(name, service.Namespace)).ToList();
                var names = (match.SniHosts ?? []).Select(name => served(name.ToLowerInvariant())).OfType<string>().ToList();
                if (names.Count == 0 || !scope.Takes(match.Port, gateways, match.SourceLabels, match.SourceNamespace))
                {
                    continue;
                }

                var chain = new FilterChain { FilterChainMatch = GatewayTls.Match(names), Filters = { TcpRoutes.Filter(rule.Route ?? [], statPrefix, service, scope) } };
                chain.FilterChainMatch.PrefixRanges.Add((match.DestinationSubnets ?? []).Select(Messages.Range));
                yield return chain;
            }
        }
    }
}
