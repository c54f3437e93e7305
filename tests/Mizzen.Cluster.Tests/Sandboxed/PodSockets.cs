using System.Net;
using System.Net.Sockets;
using System.Text;
using Mizzen.Cluster.Network;

namespace Mizzen.Cluster.Tests.Sandboxed;

/// <summary>Sockets inside pods, without a program there.</summary>
internal static class PodSockets
{
    public static readonly IPEndPoint Anywhere = new(IPAddress.Any, 0);

    public static Socket Listen(this PodNetwork pod, int port) => pod.Namespace.Run(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Any, port));
        socket.Listen();
        return socket;
    });

    public static Socket Udp(this PodNetwork pod, int port = 0) => pod.Namespace.Run(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Any, port));
        return socket;
    });

    public static async Task<Socket> ConnectAsync(this PodNetwork pod, IPAddress address, int port)
    {
        var socket = pod.Namespace.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        await socket.ConnectAsync(new IPEndPoint(address, port), TestContext.Current.CancellationToken);
        return socket;
    }

    /// <summary>Says its name to everybody who connects, until the listener is closed.</summary>
    public static async Task GreetAsync(this Socket listener, string name)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptAsync(TestContext.Current.CancellationToken);
                await client.SendAsync(Encoding.ASCII.GetBytes(name), TestContext.Current.CancellationToken);
                client.Shutdown(SocketShutdown.Both);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The test is over.
        }
    }

    public static async Task<string> ReadAsync(this Socket socket)
    {
        using (socket)
        {
            var buffer = new byte[256];
            var length = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            return Encoding.ASCII.GetString(buffer, 0, length);
        }
    }

    public static async Task<string> AskAsync(this PodNetwork pod, IPAddress address, int port) => await (await pod.ConnectAsync(address, port)).ReadAsync();

    /// <summary>The error of a connection attempt that must not succeed, and how long it took.</summary>
    public static async Task<(SocketError Error, TimeSpan Took)> FailAsync(this PodNetwork pod, IPAddress address, int port)
    {
        var start = TimeProvider.System.GetTimestamp();
        try
        {
            using var socket = await pod.ConnectAsync(address, port);
            await socket.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken);
            return (SocketError.Success, TimeProvider.System.GetElapsedTime(start));
        }
        catch (SocketException error)
        {
            return (error.SocketErrorCode, TimeProvider.System.GetElapsedTime(start));
        }
    }
}
