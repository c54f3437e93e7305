using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mizzen.Bench.Peers.Load;

/// <summary>Reads one big body over one connection and throws it away.</summary>
internal static class Downloads
{
    /// <summary>The kernel drops what arrives: this end must not be the slow one.</summary>
    public static async Task ReadAsync(int port, string path, long length)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")));
        var buffer = new byte[256 * 1024];
        long read = 0;
        while (read < length)
        {
            var count = await socket.ReceiveAsync(buffer);
            if (read == 0 && !buffer.AsSpan(0, count).StartsWith("HTTP/1.1 200"u8))
            {
                throw new InvalidOperationException($"the contender answered {Encoding.ASCII.GetString(buffer, 0, count)}");
            }

            read += count > 0 ? count : throw new InvalidOperationException($"the contender closed the connection after {read} bytes");
        }
    }
}
