using System.Net;
using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Mizzen.ControlPlane.Model;

namespace Mizzen.ControlPlane.Translation;

/// <summary>The outbound listeners of sidecars and the route tables that they name.</summary>
internal sealed class SidecarListeners
{
    private const string AnyAddress = "0.0.0.0";
    private const int DefaultOutboundPort = 15001;

    private readonly ClientScope _client;
    private readonly SidecarRoutes _routes;
    private readonly Dictionary<string, Listener> _listeners = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RouteConfiguration> _tables = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, WildcardPort> _wildcards = [];

    private SidecarListeners(ClientScope client)
    {
        _client = client;
        _routes = new SidecarRoutes(client);
    }

    public IReadOnlyDictionary<string, Listener> Listeners => _listeners;

    public IReadOnlyDictionary<string, RouteConfiguration> Tables => _tables;

    public static SidecarListeners Of(ClientScope client, EndpointIndex endpoints)
    {
        var made = new SidecarListeners(client);
        made.Add(made.CatchAll());
        foreach (var service in client.Services)
        {
            foreach (var port in service.Ports)
            {
                made.AddPort(service, port, endpoints);
            }
        }

        foreach (var (number, port) in made._wildcards)
        {
            made.AddWildcard(number, port);
        }

        return made;
    }

    /// <summary>Whether the listeners of a service depend on where its endpoints are: it has no address, so each endpoint has one.</summary>
    public static bool DependsOnEndpoints(MeshService service) =>
        service.IsHeadless && service.Ports.Any(port => !port.Protocol.IsHttp() && port.Protocol != PortProtocol.Udp);

    private void AddPort(VisibleService service, MeshPort port, EndpointIndex endpoints)
    {
        if (port.Protocol == PortProtocol.Udp)
        {
            return;
        }

        if (port.Protocol.IsHttp())
        {
            Wildcard(port.Number).Http.Add(service);
        }
        else if (service.Service.IsHeadless)
        {
            foreach (var endpoint in endpoints.Of(service.Service).Of(port.Number))
            {
                AddOwn(service.Service, port, endpoint.Address, endpoint.Port);
            }
        }
        else if (service.Service.Addresses.Count > 0)
        {
            AddAddresses(service.Service, port);
        }
        else
        {
            AddWithoutAddress(service.Service, port);
        }
    }

    private void AddAddresses(MeshService service, MeshPort port)
    {
        var ranges = service.Addresses.Where(address => !IPAddress.TryParse(address, out _)).Select(Messages.Range).ToList();
        if (ranges.Count > 0)
        {
            Wildcard(port.Number).Ranges.Add((ranges, service, port));
        }

        foreach (var address in service.Addresses.Where(address => IPAddress.TryParse(address, out _)))
        {
            AddOwn(service, port, address, port.Number);
        }
    }

    /// <summary>
    /// Only the port tells it apart. A TLS service is told by the name in its handshake, which the proxy does not read yet: where unknown
    /// hosts are let through its connections take that way, elsewhere its port is opened to where they were going.
    /// </summary>
    private void AddWithoutAddress(MeshService service, MeshPort port)
    {
        if (!port.Protocol.IsTls())
        {
            Wildcard(port.Number).Tcp ??= (service, port);
        }
        else if (_client.IsRegistryOnly)
        {
            Wildcard(port.Number).Tls ??= service;
        }
    }

    /// <summary>A listener for one address: the first service that wants it has it.</summary>
    private void AddOwn(MeshService service, MeshPort port, string address, int number)
    {
        var name = EnvoyNames.Listener(address, number);
        if (_listeners.ContainsKey(name))
        {
            return;
        }

        var listener = Unbound(name, address, number);
        if (port.Protocol == PortProtocol.Auto)
        {
            var table = EnvoyNames.VirtualHost(service.Host, port.Number);
            _tables.TryAdd(table, _routes.OfOne(table, service, port));
            listener.ListenerFilters.Add(Filters.Inspector);
            listener.FilterChains.Add(new FilterChain
            {
                FilterChainMatch = Filters.LooksLikeHttp(),
                Filters = { Filters.Outbound($"outbound_{name}", table, _client.Mesh) },
            });
        }

        AddChains(listener, TcpRoutes.OfService(service, port, _routes.RuleOf(service.Host), Scope(port.Number)));
        Add(listener);
    }

    private void AddWildcard(int number, WildcardPort port)
    {
        var name = EnvoyNames.Listener(AnyAddress, number);
        var listener = Unbound(name, AnyAddress, number);
        foreach (var (ranges, service, servicePort) in port.Ranges)
        {
            foreach (var chain in TcpRoutes.OfService(service, servicePort, _routes.RuleOf(service.Host), Scope(number)))
            {
                chain.FilterChainMatch ??= new FilterChainMatch { PrefixRanges = { ranges } };
                listener.FilterChains.Add(chain);
            }
        }

        if (port.Http.Count > 0)
        {
            var table = number.ToString(System.Globalization.CultureInfo.InvariantCulture);
            _tables.Add(table, _routes.OfPort(number, port.Http));
            listener.ListenerFilters.Add(Filters.Inspector);
            listener.FilterChains.Add(new FilterChain
            {
                FilterChainMatch = Filters.LooksLikeHttp(),
                Filters = { Filters.Outbound($"outbound_{name}", table, _client.Mesh) },
            });
        }

        AddChains(listener, port.Tcp is { } tcp ? TcpRoutes.OfService(tcp.Service, tcp.Port, _routes.RuleOf(tcp.Service.Host), Scope(number)) : []);
        listener.DefaultFilterChain ??= new FilterChain
        {
            Name = "PassthroughFilterChain",
            Filters = { Unknown(port.Tls is not null) },
        };
        Add(listener);
    }

    /// <summary>Connections that no other listener takes.</summary>
    private Listener CatchAll()
    {
        var port = _client.Mesh.ProxyListenPort ?? DefaultOutboundPort;
        return new Listener
        {
            Name = EnvoyNames.VirtualOutbound,
            Address = Messages.Address(AnyAddress, port),
            UseOriginalDst = true,
            TrafficDirection = TrafficDirection.Outbound,
            FilterChains =
            {
                // Who dials the capture port itself would be sent in a circle.
                new FilterChain
                {
                    Name = "virtualOutbound-blackhole",
                    FilterChainMatch = new FilterChainMatch { DestinationPort = (uint)port },
                    Filters = { Filters.Tcp(EnvoyNames.BlackHoleCluster, EnvoyNames.BlackHoleCluster, _client.Mesh) },
                },
            },
            DefaultFilterChain = new FilterChain { Name = "virtualOutbound-catchall-tcp", Filters = { Unknown(passAnyway: false) } },
        };
    }

    private Filter Unknown(bool passAnyway)
    {
        var cluster = _client.IsRegistryOnly && !passAnyway ? EnvoyNames.BlackHoleCluster : EnvoyNames.PassthroughCluster;
        return Filters.Tcp(cluster, cluster, _client.Mesh);
    }

    /// <summary>A chain without a condition is the default one.</summary>
    private static void AddChains(Listener listener, List<FilterChain> chains)
    {
        foreach (var chain in chains)
        {
            if (chain.FilterChainMatch is null)
            {
                listener.DefaultFilterChain = chain;
            }
            else
            {
                listener.FilterChains.Add(chain);
            }
        }
    }

    private static Listener Unbound(string name, string address, int port) => new()
    {
        Name = name,
        Address = Messages.Address(address, port),
        BindToPort = false,
        TrafficDirection = TrafficDirection.Outbound,
        ListenerFiltersTimeout = Messages.Zero,
    };

    private RouteScope Scope(int port) => new(_client, port, RouteScope.MeshOnly);

    private WildcardPort Wildcard(int port)
    {
        if (!_wildcards.TryGetValue(port, out var wildcard))
        {
            wildcard = new WildcardPort();
            _wildcards.Add(port, wildcard);
        }

        return wildcard;
    }

    private void Add(Listener listener) => _listeners.Add(listener.Name, listener);

    /// <summary>Everything that shares a port on any address.</summary>
    private sealed class WildcardPort
    {
        public List<VisibleService> Http { get; } = [];

        public List<(List<CidrRange> Ranges, MeshService Service, MeshPort Port)> Ranges { get; } = [];

        /// <summary>The first TCP service without an address: the port is all there is to tell it by.</summary>
        public (MeshService Service, MeshPort Port)? Tcp { get; set; }

        public MeshService? Tls { get; set; }
    }
}
