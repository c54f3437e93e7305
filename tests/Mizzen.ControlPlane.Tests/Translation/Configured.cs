using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Translation;

namespace Mizzen.ControlPlane.Tests.Translation;

/// <summary>What a proxy gets, in words that tests can read.</summary>
internal sealed class Configured(ProxyResources resources)
{
    public ProxyResources Resources => resources;

    public static Configured Sidecar(MeshSnapshot mesh, string pod) => new(new ProxyTranslator().Translate(mesh, MeshOf.Proxy(mesh, pod)));

    public static Configured Gateway(MeshSnapshot mesh, string pod) => new(new ProxyTranslator().Translate(mesh, MeshOf.Proxy(mesh, pod, ProxyType.Router)));

    public Listener Listener(string name) => (Listener)resources.Listeners[name];

    public RouteConfiguration Table(string name) => (RouteConfiguration)resources.Routes[name];

    public Cluster Cluster(string name) => (Cluster)resources.Clusters[name];

    public VirtualHost Host(string table, string name) => Table(table).VirtualHosts.Single(host => host.Name == name);

    /// <summary>The routes of a virtual host, each as <c>condition -> action</c>.</summary>
    public IEnumerable<string> Routes(string table, string host) => Host(table, host).Routes.Select(RouteText.Of);

    /// <summary>The addresses behind a cluster.</summary>
    public IEnumerable<string> Addresses(string cluster) => Assignment(cluster).Endpoints
        .SelectMany(locality => locality.LbEndpoints)
        .Select(endpoint => $"{endpoint.Endpoint.Address.SocketAddress.Address}:{endpoint.Endpoint.Address.SocketAddress.PortValue}");

    public ClusterLoadAssignment Assignment(string cluster) => Cluster(cluster).LoadAssignment ?? (ClusterLoadAssignment)resources.Endpoints[cluster];
}
