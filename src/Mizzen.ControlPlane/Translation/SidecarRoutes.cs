using Envoy.Config.Route.V3;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>The route tables of sidecars: one for each port on which any service speaks HTTP.</summary>
internal sealed class SidecarRoutes
{
    /// <summary>Where a rule for a host that no service has is served: there is no port to take from anywhere.</summary>
    private const int DefaultHttpPort = 80;

    private readonly ClientScope _client;
    private readonly ServedHosts _hosts;
    private readonly Dictionary<string, MeshVirtualService> _ruleOfName = new(StringComparer.Ordinal);
    private readonly List<string> _wildcards = [];

    public SidecarRoutes(ClientScope client, ServedHosts hosts)
    {
        _client = client;
        _hosts = hosts;
        foreach (var rule in client.VirtualServices)
        {
            foreach (var host in rule.Hosts.Where(host => _ruleOfName.TryAdd(host, rule) && HostName.IsWildcard(host)))
            {
                _wildcards.Add(host);
            }
        }
    }

    /// <summary>The table of a port, for all services that share it.</summary>
    public RouteConfiguration OfPort(int port, IReadOnlyList<VisibleService> services, string? name = null)
    {
        var scope = new RouteScope(_client, port, RouteScope.MeshOnly);
        var hosts = services.Select(service => OfService(service.Service, service.Service.Port(port)!, scope)).ToList();
        if (port == DefaultHttpPort)
        {
            hosts.AddRange(OfUnknownHosts(scope));
        }

        return Table(name ?? port.ToString(System.Globalization.CultureInfo.InvariantCulture), hosts);
    }

    /// <summary>The table of one service that has a listener to itself.</summary>
    public RouteConfiguration OfOne(string name, MeshService service, MeshPort port)
    {
        // The listener is the service's own: whatever the client calls it, it is meant.
        var host = OfService(service, port, new RouteScope(_client, port.Number, RouteScope.MeshOnly));
        return Table(name, [RouteTables.Host(host.Name, ["*"], host.Routes)]);
    }

    /// <summary>
    /// The rule for a host: that of the most specific name, and of several for one name the first. Sidecars do not join rules of one host.
    /// </summary>
    public MeshVirtualService? RuleOf(string host)
    {
        var name = _ruleOfName.ContainsKey(host) ? host : HostName.MostSpecific(host, _wildcards);
        return name is null ? null : _ruleOfName[name];
    }

    private VirtualHost OfService(MeshService service, MeshPort port, RouteScope scope) => _hosts.Of(service, port, RuleOf(service.Host), scope);

    private IEnumerable<VirtualHost> OfUnknownHosts(RouteScope scope)
    {
        foreach (var (host, rule) in _ruleOfName.Where(entry => entry.Value.Http.Count > 0 && !IsKnown(entry.Key)))
        {
            var routes = HttpRoutes.Of(rule, scope);
            if (routes.Count > 0)
            {
                yield return RouteTables.Host(EnvoyNames.VirtualHost(host, scope.Port), [host], routes);
            }
        }
    }

    private bool IsKnown(string host) => _client.Find(host) is not null
        || (HostName.IsWildcard(host) && _client.Services.Any(service => HostName.IsSubsetOf(service.Service.Host, host)));

    /// <summary>A name belongs to the first host that claims it: Envoy refuses a table that has one twice.</summary>
    private RouteConfiguration Table(string name, IEnumerable<VirtualHost> served)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var hosts = new List<VirtualHost>();
        foreach (var host in served)
        {
            List<string> domains = [.. host.Domains.Where(taken.Add)];
            if (domains.Count > 0)
            {
                hosts.Add(domains.Count == host.Domains.Count ? host : RouteTables.Host(host.Name, domains, host.Routes));
            }
        }

        if (!taken.Contains("*"))
        {
            hosts.Add(RouteTables.Unknown(_client.IsRegistryOnly));
        }

        return RouteTables.Of(name, hosts);
    }
}
