using Envoy.Config.Route.V3;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>The route table of an HTTP port of a gateway. Unlike sidecars, gateways join all rules of a host.</summary>
internal static class GatewayRoutes
{
    public static RouteConfiguration Of(string name, GatewayPort port, ClientScope client, MeshSnapshot mesh)
    {
        var hosts = new SortedDictionary<string, Served>(StringComparer.Ordinal);
        foreach (var server in port.Servers)
        {
            AddServer(hosts, server, client, mesh);
        }

        List<VirtualHost> served =
            [.. hosts.Where(host => host.Value.Routes.Count > 0).Select(host => RouteTables.Host(EnvoyNames.VirtualHost(host.Key, port.Number), Domains(host.Key), host.Value.Routes))];
        return RouteTables.Of(name, served.Count > 0 ? served : [RouteTables.Host($"blackhole:{port.Number}", ["*"], [])]);
    }

    private static void AddServer(SortedDictionary<string, Served> hosts, MeshGatewayServer server, ClientScope client, MeshSnapshot mesh)
    {
        var gateway = server.Gateway.FullName;
        var scope = new RouteScope(client, server.Port, new HashSet<string>(StringComparer.Ordinal) { gateway });
        foreach (var service in mesh.VirtualServices.All.Where(service => service.IsFor(gateway) && service.Visibility.Includes(client.Namespace)))
        {
            var bound = service.Hosts.Select(host => server.Bound(host, service.Namespace)).OfType<string>().Distinct().ToList();
            if (bound.Count == 0)
            {
                continue;
            }

            var routes = HttpRoutes.Of(service, scope);
            foreach (var host in bound)
            {
                Add(hosts, host, service, server.Server.Tls?.HttpsRedirect == true ? [ToHttps()] : routes);
            }
        }
    }

    /// <summary>A rule is added once, by however many servers it comes; rules that take everything go to the end.</summary>
    private static void Add(SortedDictionary<string, Served> hosts, string host, MeshVirtualService service, List<Route> routes)
    {
        if (!hosts.TryGetValue(host, out var served))
        {
            served = new Served();
            hosts.Add(host, served);
        }

        if (served.From.Add(service))
        {
            served.Add(routes);
        }
    }

    private static IEnumerable<string> Domains(string host) => host == "*" || HostName.IsWildcard(host) ? [host] : [host, host + "."];

    private static Route ToHttps() => new() { Match = RouteMatches.Everything, Redirect = new RedirectAction { HttpsRedirect = true } };

    private sealed class Served
    {
        private readonly List<Route> _specific = [];
        private readonly List<Route> _catchAll = [];

        public HashSet<MeshVirtualService> From { get; } = [];

        public IReadOnlyList<Route> Routes => [.. _specific, .. _catchAll];

        public void Add(List<Route> routes)
        {
            foreach (var route in routes)
            {
                (RouteMatches.IsCatchAll(route.Match) ? _catchAll : _specific).Add(route);
            }
        }
    }
}
