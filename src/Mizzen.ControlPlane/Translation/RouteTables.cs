using Envoy.Config.Route.V3;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>The parts that every route table has.</summary>
internal static class RouteTables
{
    private const uint LongestDirectResponse = 1024 * 1024;

    public static RouteConfiguration Of(string name, IEnumerable<VirtualHost> hosts) => new()
    {
        Name = name,
        VirtualHosts = { hosts },
        ValidateClusters = false,
        IgnorePortInHostMatching = true,
        MaxDirectResponseBodySizeBytes = LongestDirectResponse,
    };

    public static VirtualHost Host(string name, IEnumerable<string> domains, IEnumerable<Route> routes) => new()
    {
        Name = name,
        Domains = { domains },
        Routes = { routes },
        IncludeRequestAttemptCount = true,
    };

    /// <summary>For hosts that nobody knows: they are reached as if there were no mesh, or refused.</summary>
    public static VirtualHost Unknown(bool refuse) => refuse
        ? Host("block_all", ["*"], [new Route { Name = "block_all", Match = RouteMatches.Everything, DirectResponse = new DirectResponseAction { Status = 502 } }])
        : Host("allow_any", ["*"], [new Route { Name = "allow_any", Match = RouteMatches.Everything, Route_ = ToPassthrough() }]);

    /// <summary>
    /// The names by which a client of a namespace may call a service: in full, and for a Kubernetes Service as short as DNS lets it; then
    /// its addresses. A port behind the name does not count.
    /// </summary>
    public static IEnumerable<string> Domains(MeshService service, string clientNamespace)
    {
        IEnumerable<string> hosts = [service.Host, .. service.Aliases];
        foreach (var host in hosts)
        {
            foreach (var name in Names(host, clientNamespace))
            {
                yield return name;
                if (service.IsHeadless)
                {
                    yield return "*." + name;
                }
            }
        }

        foreach (var address in service.Addresses.Where(address => !address.Contains('/', StringComparison.Ordinal)))
        {
            yield return address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
        }
    }

    private static IEnumerable<string> Names(string host, string clientNamespace)
    {
        yield return host;
        if (HostName.IsWildcard(host))
        {
            yield break;
        }

        yield return host + ".";
        if (!host.EndsWith(HostName.ServiceSuffix, StringComparison.Ordinal))
        {
            yield break;
        }

        var parts = host[..^HostName.ServiceSuffix.Length].Split('.');
        if (parts is not [var name, var ns])
        {
            yield break;
        }

        if (ns == clientNamespace)
        {
            yield return name;
        }

        yield return $"{name}.{ns}";
        yield return $"{name}.{ns}.svc";
    }

    private static RouteAction ToPassthrough()
    {
        var action = RouteActions.Unlimited();
        action.Cluster = EnvoyNames.PassthroughCluster;
        return action;
    }
}
