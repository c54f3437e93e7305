using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Mizzen.Netlink;

namespace Mizzen.Cluster.Network;

/// <summary>
/// The cluster's network: a router namespace to which every pod has a link of its own. Everything between pods is routed, nothing is
/// bridged, so that the address translation of services sees both directions of each connection. Sockets of this process can live
/// inside: a socket belongs to the namespace in which it was made.
/// </summary>
public sealed class ClusterNetwork : IDisposable
{
    /// <summary>All pods of all nodes.</summary>
    public static readonly IPNetwork PodRange = IPNetwork.Parse("10.244.0.0/16");

    /// <summary>All services.</summary>
    public static readonly IPNetwork ServiceRange = IPNetwork.Parse("10.96.0.0/16");

    /// <summary>The API server's address inside.</summary>
    public static readonly IPAddress ApiServerAddress = IPAddress.Parse("10.96.0.1");

    /// <summary>The name server's address inside.</summary>
    public static readonly IPAddress DnsAddress = IPAddress.Parse("10.96.0.10");

    private readonly NetworkNamespace _router;
    private readonly RouteNetlink _links;
    private readonly Lock _lock = new();
    private int _lastLink;

    private ClusterNetwork(NetworkNamespace router, RouteNetlink links)
    {
        _router = router;
        _links = links;
    }

    /// <summary>Makes the router.</summary>
    /// <exception cref="NetlinkException">The kernel forbids network namespaces.</exception>
    public static ClusterNetwork Create()
    {
        var router = NetworkNamespace.Create();
        var links = router.Run(() => new RouteNetlink());
        links.SetUp("lo");
        links.AddAddress("lo", ApiServerAddress, 32);
        links.AddAddress("lo", DnsAddress, 32);
        router.Run(static () =>
        {
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
            // A pod that reaches itself through a service comes in and leaves by the same link: that is no mistake to tell it about.
            File.WriteAllText("/proc/sys/net/ipv4/conf/all/send_redirects", "0");
            File.WriteAllText("/proc/sys/net/ipv4/conf/default/send_redirects", "0");
        });
        return new ClusterNetwork(router, links);
    }

    /// <summary>Makes a pod's namespace and its link to the router.</summary>
    public PodNetwork Attach(NodeRange node)
    {
        var address = node.Take();
        var pod = NetworkNamespace.Create();
        var link = "pod" + Interlocked.Increment(ref _lastLink).ToString(CultureInfo.InvariantCulture);
        lock (_lock)
        {
            _links.CreateVethPair(link, "eth0", pod);
            // The redirect to the egress relay goes to the address of the link that a packet came in by: each must have one.
            _links.AddAddress(link, node.Gateway, 32);
            _links.SetUp(link);
        }

        using (var inside = pod.Run(() => new RouteNetlink()))
        {
            inside.SetUp("lo");
            inside.AddAddress("eth0", address, 32);
            inside.SetUp("eth0");
            inside.AddRoute(node.Gateway, 32, "eth0");
            inside.AddRoute(IPAddress.Any, 0, "eth0", node.Gateway);
        }

        // Programs that run as root on their own machine expect to open any port.
        pod.Run(() => File.WriteAllText("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0"));
        lock (_lock)
        {
            _links.AddRoute(address, 32, link);
        }

        return new PodNetwork(pod, address, link);
    }

    /// <summary>Removes a pod's link and gives its address back; the namespace ends with its last process.</summary>
    public void Detach(PodNetwork pod, NodeRange node)
    {
        lock (_lock)
        {
            _links.DeleteLinkNamed(pod.Link);
        }

        pod.Namespace.Dispose();
        node.Return(pod.Address);
    }

    /// <summary>A TCP listener inside the router.</summary>
    public Socket ListenInside(IPEndPoint endpoint) => _router.Run(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(endpoint);
        socket.Listen(512);
        return socket;
    });

    /// <summary>A UDP socket inside the router.</summary>
    public Socket BindUdpInside(IPEndPoint endpoint) => _router.Run(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(endpoint);
        return socket;
    });

    /// <summary>Connects from the router to a pod.</summary>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public async ValueTask<Socket> DialInsideAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        var socket = _router.Run(static () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The router's links, its own loopback aside, in the order in which they were made.</summary>
    internal IReadOnlyList<string> LinkNames() => _router.Run(static () => File.ReadLines("/proc/thread-self/net/dev")
        .Skip(2).Select(line => line.Split(':')[0].Trim()).Where(name => name != "lo").ToList());

    /// <summary>Replaces the router's address translation.</summary>
    public void ReplaceRules(IReadOnlyList<NftChain> chains) => _router.Run(() => new NftTable("mizzen").Replace(chains));

    /// <inheritdoc/>
    public void Dispose()
    {
        _links.Dispose();
        _router.Dispose();
    }
}
