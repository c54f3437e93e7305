using System.Globalization;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Networking;

namespace Mizzen.ControlPlane.Translation;

/// <summary>The listener that takes what is sent to a workload, and the clusters behind it.</summary>
internal sealed class InboundListener
{
    private const int DefaultInboundPort = 15006;
    private const string AnyAddress = "0.0.0.0";
    private readonly MeshSnapshot _mesh;
    private readonly ProxyView _proxy;
    private readonly List<FilterChain> _chains = [];
    private readonly HashSet<int> _ports = [];
    private readonly WorkloadPolicies _policies;
    private readonly ConnectionPoolSettings? _pool;

    private InboundListener(MeshSnapshot mesh, ProxyView proxy, ConnectionPoolSettings? pool)
    {
        _mesh = mesh;
        _pool = pool;
        _policies = WorkloadPolicies.Of(mesh, proxy);
        _proxy = proxy;
    }

    /// <summary>The one that takes what the redirect brings, and those that a Sidecar has opened as real ports.</summary>
    public List<Listener> Listeners { get; } = [];

    public List<Cluster> Clusters { get; } = [];

    public static InboundListener Of(MeshSnapshot mesh, ProxyView proxy, Sidecar? sidecar)
    {
        var made = new InboundListener(mesh, proxy, sidecar?.Spec?.InboundConnectionPool);
        var targets = made.Targets(proxy).ToList();
        if (sidecar?.Spec?.Ingress is { Count: > 0 } ingress)
        {
            foreach (var listener in ingress)
            {
                made.AddDeclared(listener, targets, proxy);
            }
        }
        else
        {
            foreach (var (service, port, number) in targets)
            {
                made.Add(service, port, number);
            }
        }

        made.Clusters.Add(Translation.Clusters.InboundPassthrough(mesh.Mesh));
        made.Listeners.Insert(0, made.Build());
        return made;
    }

    /// <summary>The ports of the pod that Services send traffic to, the oldest Service first.</summary>
    private IEnumerable<(MeshService Service, MeshPort Port, int Number)> Targets(ProxyView proxy)
    {
        var named = _mesh.Workloads.Find(proxy.Namespace, proxy.Name)?.NamedPorts;
        foreach (var service in _mesh.Services.In(proxy.Namespace).Where(service => service.Selector is { Count: > 0 } selector && Labels.Include(proxy.Labels, selector)))
        {
            foreach (var port in service.Ports.Where(port => port.Protocol != PortProtocol.Udp))
            {
                var number = port.TargetPort.Number ?? named?.GetValueOrDefault(port.TargetPort.Text ?? "") ?? 0;
                if (number > 0)
                {
                    yield return (service, port, number);
                }
            }
        }
    }

    private void Add(MeshService service, MeshPort port, int number)
    {
        // Two Services may send to one port: the first tells what is spoken there.
        if (_ports.Add(number))
        {
            Clusters.Add(Translation.Clusters.Inbound(number, port.Protocol, service, _mesh.Mesh, _pool));
            _chains.AddRange(ChainsOf(number, port.Protocol, service.Host, port.Number));
        }
    }

    private void AddDeclared(IstioIngressListener listener, List<(MeshService Service, MeshPort Port, int Number)> targets, ProxyView proxy)
    {
        var number = listener.Port?.Number ?? 0;
        if (number <= 0 || !_ports.Add(number))
        {
            return;
        }

        var (service, port, _) = targets.FirstOrDefault(target => target.Number == number);
        var protocol = PortProtocols.Of(listener.Port?.Protocol);
        var (address, target) = EndpointOf(listener, proxy) ?? (proxy.Address.ToString(), number);
        Clusters.Add(Translation.Clusters.InboundTo(number, protocol, address, target, service, _mesh.Mesh, listener.ConnectionPool ?? _pool));
        var chains = ChainsOf(number, protocol, service?.Host ?? proxy.Name, port?.Number ?? number);
        if (IsOpened(listener))
        {
            Listeners.Add(Opened(listener.Bind is { Length: > 0 } bind ? bind : AnyAddress, number, chains));
        }
        else
        {
            _chains.AddRange(chains);
        }
    }

    /// <summary>A real port: what would have no endpoint but itself is not opened.</summary>
    private static bool IsOpened(IstioIngressListener listener) => listener is { CaptureMode: "NONE", DefaultEndpoint.Length: > 0 };

    private static (string Address, int Port)? EndpointOf(IstioIngressListener listener, ProxyView proxy)
    {
        var endpoint = listener.DefaultEndpoint ?? "";
        var colon = endpoint.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(endpoint.AsSpan(colon + 1), CultureInfo.InvariantCulture, out var target))
        {
            return null;
        }

        var host = endpoint[..colon].Trim('[', ']');
        return (host is AnyAddress or "::" ? proxy.Address.ToString() : host, target);
    }

    private IEnumerable<FilterChain> ChainsOf(int number, PortProtocol protocol, string host, int servicePort)
    {
        var cluster = EnvoyNames.Inbound(number);
        var name = EnvoyNames.Listener(AnyAddress, number);
        var chains = Chains(
            name,
            number,
            () => Filters.Inbound($"inbound_{name}", Routes(cluster, $"inbound|http|{servicePort}", $"{host}:{servicePort}/*", protocol), _mesh.Mesh, _policies, protocol == PortProtocol.GrpcWeb),
            () => [.. _policies.Tcp, Filters.Tcp(cluster, cluster, _mesh.Mesh)]);
        return protocol.IsHttp() ? chains.OfHttp() : protocol == PortProtocol.Auto ? chains.OfAny() : chains.OfTcp();
    }

    private static Listener Opened(string address, int port, IEnumerable<FilterChain> chains) => new()
    {
        // The same address may be that of an outbound listener, which no port is opened for.
        Name = "inbound_" + EnvoyNames.Listener(address, port),
        Address = Messages.Address(address, port),
        TrafficDirection = TrafficDirection.Inbound,
        ListenerFilters = { MutualTls.Inspector, Filters.Inspector },
        ListenerFiltersTimeout = Messages.Zero,
        FilterChains = { chains },
    };

    private InboundChains Chains(string name, int port, Func<Filter> http, Func<IReadOnlyList<Filter>> tcp) =>
        new(name, port, _mesh.PeerAuthentications.Of(_proxy.Namespace, _proxy.Labels, port), _mesh.TrustDomain, http, tcp);

    private static RouteConfiguration Routes(string cluster, string host, string operation, PortProtocol protocol)
    {
        var action = RouteActions.Unlimited();
        action.Cluster = cluster;
        action.RetryPolicy = protocol == PortProtocol.Grpc ? null : Retries.Inbound;
        var route = new Route { Name = "default", Match = RouteMatches.Everything, Route_ = action, Decorator = new Decorator { Operation = operation } };
        var table = RouteTables.Of(cluster, [RouteTables.Host(host, ["*"], [route])]);
        // The client's proxy counts the attempts.
        table.VirtualHosts[0].IncludeRequestAttemptCount = false;
        return table;
    }

    private Listener Build()
    {
        var port = _mesh.Mesh.ProxyInboundListenPort ?? DefaultInboundPort;
        var passthrough = EnvoyNames.InboundPassthroughCluster;
        var others = Chains(
            "virtualInbound-catchall",
            0,
            () => Filters.Inbound(passthrough, Routes(passthrough, "inbound|http|0", ":0/*", PortProtocol.Auto), _mesh.Mesh, _policies),
            () => [.. _policies.Tcp, Filters.Tcp(passthrough, passthrough, _mesh.Mesh)]);
        return new Listener
        {
            Name = EnvoyNames.VirtualInbound,
            Address = Messages.Address(AnyAddress, port),
            TrafficDirection = TrafficDirection.Inbound,
            ListenerFilters = { Filters.OriginalDestination, MutualTls.Inspector, Filters.Inspector },
            ListenerFiltersTimeout = Messages.Zero,
            FilterChains =
            {
                new FilterChain
                {
                    Name = "virtualInbound-blackhole",
                    FilterChainMatch = new FilterChainMatch { DestinationPort = (uint)port },
                    Filters = { Filters.Tcp(EnvoyNames.BlackHoleCluster, EnvoyNames.BlackHoleCluster, _mesh.Mesh) },
                },
                _chains,
                others.OfAny(),
            },
        };
    }
}
