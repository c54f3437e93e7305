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

    private SidecarListeners(ClientScope client, ServedHosts hosts)
    {
        _client = client;
        _routes = new SidecarRoutes(client, hosts);
    }

    public Dictionary<string, Listener> Listeners => _listeners;

    public Dictionary<string, RouteConfiguration> Tables => _tables;

    public static SidecarListeners Of(ClientScope client, EndpointIndex endpoints, ServedHosts hosts)
    {
        var made = new SidecarListeners(client, hosts);
        made.Add(made.CatchAll());
        foreach (var service in client.Captured)
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

        foreach (var opened in client.Opened)
        {
            made.AddOpened(opened);
        }

        return made;
    }

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
        else if (_client.AddressesOf(service.Service).Count > 0)
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
        var addresses = _client.AddressesOf(service);
        var ranges = addresses.Where(address => !IPAddress.TryParse(address, out _)).Select(Messages.Range).ToList();
        if (ranges.Count > 0)
        {
            Wildcard(port.Number).Ranges.Add((ranges, service, port));
        }

        foreach (var address in addresses.Where(address => IPAddress.TryParse(address, out _)))
        {
            AddOwn(service, port, address, port.Number);
        }
    }

    /// <summary>
    /// Only the port tells it apart; a TLS service is told by the name in the client's handshake.
    /// </summary>
    private void AddWithoutAddress(MeshService service, MeshPort port)
    {
        if (port.Protocol.IsTls())
        {
            Wildcard(port.Number).Tls.Add((service, port));
        }
        else
        {
            Wildcard(port.Number).Tcp ??= (service, port);
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

        AddChains(listener, ChainsOf(service, port, isTold: true));
        Add(listener);
    }

    private void AddWildcard(int number, WildcardPort port)
    {
        var name = EnvoyNames.Listener(AnyAddress, number);
        var listener = Unbound(name, AnyAddress, number);
        foreach (var (ranges, service, servicePort) in port.Ranges)
        {
            foreach (var chain in ChainsOf(service, servicePort, isTold: true))
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

        AddNamed(listener, port.Tls);
        AddChains(listener, port.Tcp is { } tcp ? ChainsOf(tcp.Service, tcp.Port, isTold: true) : []);
        listener.DefaultFilterChain ??= new FilterChain
        {
            Name = "PassthroughFilterChain",
            Filters = { Unknown() },
        };
        Add(listener);
    }

    /// <summary>A port that clients dial: requests for any of its hosts, or the connections of the first of its services.</summary>
    private void AddOpened(OpenedListener opened)
    {
        var name = EnvoyNames.Listener(opened.Address, opened.Port);
        if (_listeners.ContainsKey(name))
        {
            return;
        }

        var listener = Unbound(name, opened.Address, opened.Port);
        listener.BindToPort = true;
        if (PortProtocols.Of(opened.Declared.Port!.Protocol).IsHttp())
        {
            _tables[name] = _routes.OfPort(opened.Port, [.. opened.Services.Where(service => service.Service.Port(opened.Port)!.Protocol.IsHttp())], name);
            listener.DefaultFilterChain = new FilterChain { Filters = { Filters.Outbound($"outbound_{name}", name, _client.Mesh) } };
        }
        else
        {
            var chains = opened.Services.Count > 0 ? ChainsOf(opened.Services[0].Service, opened.Services[0].Service.Port(opened.Port)!, isTold: true) : [];
            AddChains(listener, chains);
            listener.DefaultFilterChain ??= new FilterChain { Filters = { Filters.Tcp(EnvoyNames.BlackHoleCluster, EnvoyNames.BlackHoleCluster, _client.Mesh) } };
        }

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
            DefaultFilterChain = new FilterChain { Name = "virtualOutbound-catchall-tcp", Filters = { Unknown() } },
        };
    }

    /// <summary>Services that share a port and are told by name: a name belongs to the first that claims it, as Envoy refuses one that is there twice.</summary>
    private void AddNamed(Listener listener, List<(MeshService Service, MeshPort Port)> services)
    {
        var taken = new HashSet<FilterChainMatch>(listener.FilterChains.Select(chain => chain.FilterChainMatch));
        foreach (var (service, port) in services)
        {
            listener.FilterChains.Add(ChainsOf(service, port, isTold: false).Where(chain => taken.Add(chain.FilterChainMatch)));
        }
    }

    /// <summary>The chains of a service's port; where neither address nor port tell it from others (<paramref name="isTold"/>), by its name.</summary>
    private List<FilterChain> ChainsOf(MeshService service, MeshPort port, bool isTold)
    {
        var rule = _routes.RuleOf(service.Host);
        return port.Protocol.IsTls()
            ? TlsRoutes.OfService(service, port, rule, Scope(port.Number), isTold)
            : TcpRoutes.OfService(service, port, rule, Scope(port.Number));
    }

    private Filter Unknown()
    {
        var cluster = _client.IsRegistryOnly ? EnvoyNames.BlackHoleCluster : EnvoyNames.PassthroughCluster;
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

    private void Add(Listener listener)
    {
        if (listener.FilterChains.Any(chain => chain.FilterChainMatch?.TransportProtocol == "tls"))
        {
            listener.ListenerFilters.Insert(0, MutualTls.Inspector);
        }

        _listeners.Add(listener.Name, listener);
    }

    /// <summary>Everything that shares a port on any address.</summary>
    private sealed class WildcardPort
    {
        public List<VisibleService> Http { get; } = [];

        public List<(List<CidrRange> Ranges, MeshService Service, MeshPort Port)> Ranges { get; } = [];

        /// <summary>The first TCP service without an address: the port is all there is to tell it by.</summary>
        public (MeshService Service, MeshPort Port)? Tcp { get; set; }

        /// <summary>TLS services without an address: the client's handshake tells them apart.</summary>
        public List<(MeshService Service, MeshPort Port)> Tls { get; } = [];
    }
}
