using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Mizzen.Cluster.ApiServer.Streaming;

/// <summary>
/// Connections in the channels of a WebSocket: each port has two, one for data and one for errors, and both begin with the port's number
/// (Kubernetes' <c>v4.channel.k8s.io</c> for port-forward).
/// </summary>
internal sealed class ChannelForwarding(ChannelSocket socket, IReadOnlyList<int> ports, PortDialer dial)
{
    private readonly Socket?[] _connections = new Socket?[ports.Count];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var copies = new Task[ports.Count];
        try
        {
            for (var i = 0; i < ports.Count; i++)
            {
                copies[i] = await BeginAsync(i, gone.Token);
            }

            await ReceiveAsync(gone.Token);
        }
        catch (OperationCanceledException)
        {
            // The client has gone without a word.
        }
        finally
        {
            await gone.CancelAsync();
            foreach (var connection in _connections)
            {
                connection?.Dispose();
            }

            await Task.WhenAll(copies.OfType<Task>());
            socket.Dispose();
        }
    }

    private async Task<Task> BeginAsync(int i, CancellationToken cancellationToken)
    {
        var number = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(number, (ushort)ports[i]);
        var (data, errors) = ((byte)(2 * i), (byte)((2 * i) + 1));
        await socket.SendAsync(data, number, cancellationToken);
        await socket.SendAsync(errors, number, cancellationToken);
        try
        {
            var connection = _connections[i] = await dial(ports[i], cancellationToken);
            return CopyAsync(data, connection, cancellationToken);
        }
        catch (IOException error)
        {
            await socket.SendAsync(errors, Encoding.UTF8.GetBytes(error.Message), cancellationToken);
            return Task.CompletedTask;
        }
    }

    private async Task CopyAsync(byte channel, Socket connection, CancellationToken cancellationToken)
    {
        try
        {
            await socket.CopyAsync(channel, new NetworkStream(connection), cancellationToken);
            if (_connections.Length == 1)
            {
                await socket.CloseAsync(cancellationToken);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One side has gone.
        }
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        while (await socket.ReceiveAsync(cancellationToken) is { } message)
        {
            if (message.Length > 1 && message.Span[0] / 2 is var i && message.Span[0] % 2 == 0 && i < _connections.Length && _connections[i] is { } connection)
            {
                await SendAsync(connection, message[1..], cancellationToken);
            }
        }
    }

    private static async Task SendAsync(Socket connection, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            await new NetworkStream(connection).WriteAsync(data, cancellationToken);
        }
        catch (IOException)
        {
            // The program in the pod has closed: its channel has said so.
            connection.Close();
        }
    }
}
