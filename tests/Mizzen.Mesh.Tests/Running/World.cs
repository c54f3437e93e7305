using System.Net;
using Mizzen.Netlink;

namespace Mizzen.Mesh.Tests.Running;

/// <summary>
/// The network of one case: a namespace in which every backend has its address, and a namespace for the pod of each proxy, joined to it
/// by a pair of links.
/// </summary>
internal sealed class World : IDisposable
{
    private const int OneAddress = 32;

    private readonly NetworkNamespace _network = NetworkNamespace.Create();
    private readonly List<NetworkNamespace> _pods = [];
    private readonly HashSet<IPAddress> _addresses = [];

    public World() => _network.Run(() =>
    {
        using var links = new RouteNetlink();
        links.SetUp("lo");
    });

    /// <summary>Runs where the backends are: sockets that are made there belong there.</summary>
    public T Run<T>(Func<T> action) => _network.Run(action);

    /// <summary>Makes an address one of the backends'.</summary>
    public void Have(IPAddress address)
    {
        if (_addresses.Add(address))
        {
            _network.Run(() =>
            {
                using var links = new RouteNetlink();
                links.AddAddress("lo", address, OneAddress);
            });
        }
    }

    /// <summary>A pod with that address, from which every other address is reached through this world.</summary>
    public NetworkNamespace AddPod(IPAddress address)
    {
        var pod = NetworkNamespace.Create();
        var peer = $"pod{_pods.Count}";
        _pods.Add(pod);
        pod.Run(() =>
        {
            using var links = new RouteNetlink();
            links.SetUp("lo");
            links.CreateVethPair("eth0", peer, _network);
            links.AddAddress("eth0", address, OneAddress);
            links.SetUp("eth0");
        });
        _network.Run(() =>
        {
            using var links = new RouteNetlink();
            links.SetUp(peer);
            links.AddRoute(address, OneAddress, peer);
        });
        pod.Run(() =>
        {
            using var links = new RouteNetlink();
            links.AddRoute(IPAddress.Any, 0, "eth0");
        });
        return pod;
    }

    public void Dispose()
    {
        _pods.ForEach(pod => pod.Dispose());
        _network.Dispose();
    }
}
