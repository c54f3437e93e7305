using System.Net;
using System.Net.Sockets;
using Mizzen.Netlink;

namespace Mizzen.Cluster.Network;

/// <summary>A pod's own network: a namespace with one link to the router.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Address">The pod's address, out of its node's range.</param>
/// <param name="Link">The router's end of the link.</param>
public sealed record PodNetwork(NetworkNamespace Namespace, IPAddress Address, string Link)
{
    /// <summary>Connects to a port of the pod's loopback interface, as its own programs do.</summary>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public async ValueTask<Socket> DialLoopbackAsync(int port, CancellationToken cancellationToken)
    {
        var socket = Namespace.Run(static () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
