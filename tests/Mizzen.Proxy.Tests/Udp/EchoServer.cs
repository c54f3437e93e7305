using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mizzen.Proxy.Tests.Udp;

/// <summary>Answers each datagram with its own name and the datagram.</summary>
internal sealed class EchoServer : IDisposable
{
    private readonly UdpClient _socket;
    private readonly byte[] _name;
    private readonly ConcurrentDictionary<IPEndPoint, bool> _clients = [];

    public EchoServer(string name, IPEndPoint? address = null)
    {
        _name = Encoding.ASCII.GetBytes(name + ":");
        _socket = new UdpClient(address ?? new IPEndPoint(IPAddress.Loopback, 0));
        Address = (IPEndPoint)_socket.Client.LocalEndPoint!;
        _ = ServeAsync();
    }

    public IPEndPoint Address { get; }

    /// <summary>Who has sent something, each once.</summary>
    public int Clients => _clients.Count;

    public void Dispose() => _socket.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveAsync();
                _clients[received.RemoteEndPoint] = true;
                await _socket.SendAsync((byte[])[.. _name, .. received.Buffer], received.RemoteEndPoint);
            }
        }
        catch (Exception error) when (error is ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }
}
