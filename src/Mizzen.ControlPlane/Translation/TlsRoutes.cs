using Envoy.Config.Listener.V3;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>Where connections go that pass a gateway unopened: by the name that the client asks for (<c>tls</c> rules of VirtualServices).</summary>
internal static class TlsRoutes
{
    /// <summary>A chain for each match of each rule, as far as the server's hosts cover its names.</summary>
    public static IEnumerable<FilterChain> Of(MeshVirtualService service, MeshGatewayServer server, string statPrefix, RouteScope scope)
    {
        foreach (var rule in service.Tls)
        {
            foreach (var match in rule.Match ?? [])
            {
                var gateways = match.Gateways?.Select(name => MeshVirtualService.GatewayName(name, service.Namespace)).ToList();
                var names = (match.SniHosts ?? []).Select(name => server.Bound(name.ToLowerInvariant(), service.Namespace)).OfType<string>().ToList();
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
