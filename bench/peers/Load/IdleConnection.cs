using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mizzen.Bench.Peers.Load;

/// <summary>A connection that has had one answer.</summary>
internal static class IdleConnection
{
    /// <summary>Connects, asks once, and reads the answer.</summary>
    public static async Task<Socket> OpenAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")));
        var buffer = new byte[4096];
        var count = await socket.ReceiveAsync(buffer);
        return buffer.AsSpan(0, count).StartsWith("HTTP/1.1 200"u8) ? socket : throw new InvalidOperationException(Encoding.ASCII.GetString(buffer, 0, count));
    }
}
