using System.Net;
using System.Net.Sockets;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Translation;
using Mizzen.Mesh.Tests.Cases;
using Mizzen.Proxy.Tests.Serving;

namespace Mizzen.Mesh.Tests.Running;

/// <summary>A case with everything that it needs: backends at every address that any proxy knows, and the proxies that its rows ask.</summary>
internal sealed class RunningCase : IAsyncDisposable
{
    private const int HttpPort = 80;
    private readonly World _world = new();
    private readonly Dictionary<string, RunningProxy> _proxies = new(StringComparer.Ordinal);
    private readonly MeshSnapshot _mesh;
    private readonly Names _names;

    private RunningCase(CaseDirectory directory)
    {
        _mesh = directory.Mesh;
        _names = new Names(_mesh);
        Backends = new Backends(_world, directory.BackendCertificates);
    }

    public Backends Backends { get; }

    public static RunningCase Start(CaseDirectory directory)
    {
        var running = new RunningCase(directory);
        foreach (var pod in directory.Rows.Select(row => row.From).Distinct(StringComparer.Ordinal))
        {
            running._proxies[pod] = RunningProxy.Start(running._world, directory.Mesh, CaseDirectory.ProxyOf(directory.Mesh, pod), running._names);
        }

        foreach (var row in directory.Rows)
        {
            running._names.Resolve(row.Url.DnsSafeHost);
        }

        running.StartBackends(directory);
        return running;
    }

    public RunningProxy Proxy(string pod) => _proxies[pod];

    /// <summary>A connection as the row's client makes it: an application beside its sidecar, or anybody in front of a gateway.</summary>
    public Task<RawClient> ConnectAsync(Row row)
    {
        var proxy = _proxies[row.From];
        return proxy.View.Type == ProxyType.Sidecar
            ? proxy.Pod.Run(() => RawClient.ConnectAsync(new IPEndPoint(_names.Resolve(row.Url.DnsSafeHost), row.Url.Port)))
            : _world.Run(() => RawClient.ConnectAsync(new IPEndPoint(proxy.View.Address, GatewayPorts.BoundPort(_mesh, proxy.View, row.Url.Port))));
    }

    /// <summary>The same for datagrams.</summary>
    public UdpClient DatagramClient(Row row) => _world.Run(() =>
    {
        var client = new UdpClient(AddressFamily.InterNetwork);
        var view = _proxies[row.From].View;
        client.Connect(new IPEndPoint(view.Address, GatewayPorts.BoundPort(_mesh, view, row.Url.Port)));
        return client;
    });

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies.Values)
        {
            await proxy.DisposeAsync();
        }

        await Backends.DisposeAsync();
        _world.Dispose();
    }

    private void StartBackends(CaseDirectory directory)
    {
        foreach (var endpoint in _proxies.Values.SelectMany(proxy => Assignments(proxy.Resources)).SelectMany(assignment => assignment.Endpoints).SelectMany(locality => locality.LbEndpoints))
        {
            var address = endpoint.Endpoint.Address.SocketAddress;
            var isLiteral = IPAddress.TryParse(address.Address, out _);
            var at = new IPEndPoint(_names.Resolve(address.Address), (int)address.PortValue);
            var name = isLiteral ? NameOf(at.Address) : address.Address;
            if (_proxies.Values.Any(proxy => proxy.View.Address.Equals(at.Address)))
            {
                // The pod of a proxy is a place of its own.
                continue;
            }

            _world.Have(at.Address);
            if (!directory.Silent.Contains(name))
            {
                Backends.Start(at, name);
                if (directory.Rows.Any(row => row.IsDatagram))
                {
                    Backends.StartDatagrams(at, name);
                }
            }
        }

        // Hosts that no endpoint stands for are reached as if there were no mesh.
        foreach (var (host, address) in _names.Outside)
        {
            foreach (var port in directory.Rows.Where(row => row.Url.DnsSafeHost == host).Select(row => row.Url.Port).Append(HttpPort).Distinct())
            {
                Backends.Start(new IPEndPoint(address, port), host);
            }
        }
    }

    private string NameOf(IPAddress address)
    {
        var text = address.ToString();
        return _mesh.Resources.Pods.FirstOrDefault(pod => pod.Status?.PodIp == text)?.Metadata.Name
            ?? text;
    }

    private static IEnumerable<ClusterLoadAssignment> Assignments(ProxyResources resources) =>
        resources.Endpoints.Values.OfType<ClusterLoadAssignment>()
            .Concat(resources.Clusters.Values.OfType<Cluster>().Select(cluster => cluster.LoadAssignment).OfType<ClusterLoadAssignment>()
                .Where(assignment => !assignment.ClusterName.StartsWith("inbound|", StringComparison.Ordinal)));
}
