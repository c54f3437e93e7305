using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>The listeners of a gateway's proxy and the route tables that they name.</summary>
internal sealed class GatewayListeners
{
    private const string AnyAddress = "0.0.0.0";
    private readonly MeshSnapshot _mesh;
    private readonly ClientScope _client;
    private readonly ProxyView _proxy;
    private readonly WorkloadPolicies _policies;

    private GatewayListeners(MeshSnapshot mesh, ClientScope client, ProxyView proxy)
    {
        _mesh = mesh;
        _client = client;
        _proxy = proxy;
        _policies = WorkloadPolicies.Of(mesh, proxy);
    }

    public List<Listener> Listeners { get; } = [];

    public List<RouteConfiguration> Tables { get; } = [];

    public static GatewayListeners Of(MeshSnapshot mesh, ClientScope client, ProxyView proxy)
    {
        var made = new GatewayListeners(mesh, client, proxy);
        foreach (var group in GatewayPorts.Of(mesh, proxy))
        {
            made.Add(group);
        }

        return made;
    }

    private void Add(GatewayPort port)
    {
        if (port.IsUdp)
        {
            Listeners.AddRange(port.Servers.Select(server => Datagrams(port, server)).OfType<Listener>().Take(1));
            return;
        }

        var name = EnvoyNames.Listener(AnyAddress, port.BoundPort);
        var listener = new Listener
        {
            Name = name,
            Address = Messages.Address(AnyAddress, port.BoundPort),
            TrafficDirection = TrafficDirection.Outbound,
        };
        if (port.IsTls)
        {
            listener.ListenerFilters.Add(MutualTls.Inspector);
            listener.FilterChains.Add(port.Servers.SelectMany(server => Encrypted(port, server, name)));
            if (listener.FilterChains.Count > 0)
            {
                Listeners.Add(listener);
            }
        }
        else if (port.IsHttp)
        {
            var table = GatewayPorts.TableName(port.BoundPort);
            Tables.Add(GatewayRoutes.Of(table, port, _client, _mesh));
            listener.FilterChains.Add(new FilterChain { Filters = { Filters.Gateway($"outbound_{name}", table, _mesh.Mesh, _policies, port.Servers.Any(server => server.Protocol == PortProtocol.GrpcWeb)) } });
            Listeners.Add(listener);
        }
        else if (port.Servers.Select(server => Tcp(server, name)).OfType<FilterChain>().FirstOrDefault() is { } chain)
        {
            listener.FilterChains.Add(chain);
            Listeners.Add(listener);
        }
    }

    /// <summary>The chains of a server whose clients speak TLS.</summary>
    private IEnumerable<FilterChain> Encrypted(GatewayPort port, MeshGatewayServer server, string name)
    {
        if (GatewayTls.IsPassthrough(server))
        {
            return Bound(server).SelectMany(service => TlsRoutes.Of(service, server, $"outbound_{name}", Scope(server))).Select(WithPolicies);
        }

        if (server.Protocol == PortProtocol.Https)
        {
            var table = GatewayPorts.TableName(server);
            Tables.Add(GatewayRoutes.Of(table, new GatewayPort(port.BoundPort, true, [server]), _client, _mesh));
            var chain = new FilterChain { Filters = { Filters.Gateway($"outbound_{name}", table, _mesh.Mesh, _policies, forBrowsers: false) } };
            return [GatewayTls.Secure(chain, server, _mesh.TrustDomain, "h2", "http/1.1")];
        }

        // Connections that are ended here may still go by the name that they asked for.
        var named = Bound(server).SelectMany(service => TlsRoutes.Of(service, server, $"outbound_{name}", Scope(server))).Select(WithPolicies).ToList();
        IEnumerable<FilterChain> chains = named.Count > 0 ? named : Tcp(server, name) is { } bytes ? [bytes] : [];
        return chains.Select(chain => GatewayTls.Secure(chain, server, _mesh.TrustDomain));
    }

    /// <summary>Datagrams go where the first rule that is bound to the server says.</summary>
    private Listener? Datagrams(GatewayPort port, MeshGatewayServer server)
    {
        if (Bound(server).SelectMany(service => service.Tcp, (service, rule) => TcpRoutes.ClustersOf(rule.Route ?? [], service, Scope(server)).FirstOrDefault()).FirstOrDefault() is not { } cluster)
        {
            return null;
        }

        var name = "udp_" + EnvoyNames.Listener(AnyAddress, port.BoundPort);
        var listener = new Listener { Name = name, Address = Messages.Address(AnyAddress, port.BoundPort), TrafficDirection = TrafficDirection.Outbound };
        listener.Address.SocketAddress.Protocol = SocketAddress.Types.Protocol.Udp;
        listener.ListenerFilters.Add(Filters.Udp($"outbound_{name}", cluster));
        return listener;
    }

    /// <summary>A TCP server sends everything to what the first VirtualService that is bound to it says.</summary>
    private FilterChain? Tcp(MeshGatewayServer server, string name) =>
        Bound(server).SelectMany(service => TcpRoutes.Of(service, $"outbound_{name}", Scope(server))).FirstOrDefault(chain => chain.FilterChainMatch is null) is { } chain
            ? WithPolicies(chain)
            : null;

    private FilterChain WithPolicies(FilterChain chain)
    {
        foreach (var filter in _policies.Tcp.Reverse())
        {
            chain.Filters.Insert(0, filter);
        }

        return chain;
    }

    private IEnumerable<MeshVirtualService> Bound(MeshGatewayServer server) => _mesh.VirtualServices.All.Where(service =>
        service.IsFor(server.Gateway.FullName) && service.Visibility.Includes(_proxy.Namespace) && service.Hosts.Any(host => server.Bound(host, service.Namespace) is not null));

    private RouteScope Scope(MeshGatewayServer server) => new(_client, server.Port, new HashSet<string>(StringComparer.Ordinal) { server.Gateway.FullName });
}
