using System.Net;
using System.Net.Sockets;
using Mizzen.Proxy.Http2;

namespace Mizzen.Proxy.Tests.Http2;

/// <summary>An HTTP/2 server that a test scripts frame by frame: every connection is served by the function that it is made with.</summary>
internal sealed class FrameServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly Func<FrameClient, int, Task> _serve;
    private readonly Task _accepting;
    private int _connections;

    /// <param name="serve">Gets the connection, behind its preface and settings, and its number from 1.</param>
    public FrameServer(Func<FrameClient, int, Task> serve)
    {
        _serve = serve;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(128);
        _accepting = AcceptAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    public int Connections => Volatile.Read(ref _connections);

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var served = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync(TestContext.Current.CancellationToken);
                served.Add(ServeAsync(socket, Interlocked.Increment(ref _connections)));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(Socket socket, int number)
    {
        using var connection = new FrameClient(socket);
        try
        {
            var preface = new byte[FrameClient.Preface.Length];
            for (var count = 0; count < preface.Length;)
            {
                var read = await socket.ReceiveAsync(preface.AsMemory(count), TestContext.Current.CancellationToken);
                if (read == 0)
                {
                    return;
                }

                count += read;
            }

            Assert.Equal(FrameClient.Preface, preface);
            await connection.SendSettingsAsync();
            _ = await connection.ReadAsync(FrameType.Settings);
            await connection.SendAsync(FrameType.Settings, FrameFlags.Ack, 0, []);
            await _serve(connection, number);
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException or EndOfStreamException)
        {
            // The proxy or the test has ended the connection.
        }
    }
}
