using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Http.Fault.V3;
using Envoy.Extensions.Filters.Http.Router.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Google.Protobuf;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>
/// The configuration of gRPC programs that speak xDS themselves (Istio's <c>GENERATOR: grpc</c>): for each name and port by which a service
/// may be dialled an API listener, which leads to a route table of the service alone. Everything is left out that gRPC would refuse.
/// </summary>
internal static class Proxyless
{
    private static readonly Dictionary<string, IMessage> NoSecrets = [];

    /// <summary>gRPC refuses a listener with filters that it does not have.</summary>
    private static readonly HttpFilter[] Filters =
    [
        new() { Name = EnvoyNames.Fault, TypedConfig = Messages.Pack(new HTTPFault()) },
        new() { Name = EnvoyNames.Router, TypedConfig = Messages.Pack(new Router()) },
    ];

    /// <summary>What a program gets of what a sidecar in its place would get.</summary>
    public static ProxyResources Of(OutboundResources outbound, ServedHosts hosts)
    {
        var client = outbound.Client;
        var routes = new SidecarRoutes(client, hosts);
        var listeners = new Dictionary<string, IMessage>(StringComparer.Ordinal);
        var tables = new Dictionary<string, IMessage>(StringComparer.Ordinal);
        foreach (var visible in client.Services)
        {
            foreach (var port in visible.Ports.Where(port => port.Protocol.IsHttp() || port.Protocol == PortProtocol.Auto))
            {
                var table = EnvoyNames.Outbound(port.Number, null, visible.Service.Host);
                tables[table] = ProxylessRoutes.Of(routes.OfOne(table, visible.Service, port));
                foreach (var name in RouteTables.Domains(visible.Service, client.Namespace).Where(IsDialled))
                {
                    var listener = EnvoyNames.VirtualHost(name, port.Number);
                    listeners.TryAdd(listener, Listener(listener, table));
                }
            }
        }

        var clusters = outbound.Clusters.Values.OfType<Cluster>().Select(ProxylessClusters.Of).OfType<Cluster>()
            .ToDictionary(cluster => cluster.Name, IMessage (cluster) => cluster, StringComparer.Ordinal);
        var endpoints = outbound.Endpoints.Where(entry => clusters.ContainsKey(entry.Key))
            .ToDictionary(entry => entry.Key, IMessage (entry) => WithPlaces((ClusterLoadAssignment)entry.Value), StringComparer.Ordinal);
        return new ProxyResources(listeners, tables, clusters, endpoints, NoSecrets);
    }

    private static bool IsDialled(string name) => !HostName.IsWildcard(name) && !name.EndsWith('.');

    private static Listener Listener(string name, string table) => new()
    {
        Name = name,
        ApiListener = new ApiListener
        {
            ApiListener_ = Messages.Pack(new HttpConnectionManager
            {
                StatPrefix = table,
                Rds = new Rds { ConfigSource = Messages.Ads, RouteConfigName = table },
                HttpFilters = { Filters },
            }),
        },
    };

    /// <summary>gRPC ignores endpoints whose place has no name.</summary>
    private static ClusterLoadAssignment WithPlaces(ClusterLoadAssignment assignment)
    {
        var own = assignment.Clone();
        foreach (var group in own.Endpoints)
        {
            group.Locality ??= new Envoy.Config.Core.V3.Locality();
            group.LoadBalancingWeight ??= 1;
        }

        return own;
    }
}
