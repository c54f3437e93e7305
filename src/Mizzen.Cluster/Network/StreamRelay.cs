using System.Net.Sockets;

namespace Mizzen.Cluster.Network;

/// <summary>Joins two sockets: bytes flow both ways, and the end of one direction is handed on as such (half-close).</summary>
internal static class StreamRelay
{
    private const int BufferSize = 64 * 1024;

    public static async Task JoinAsync(Socket left, Socket right, CancellationToken cancellationToken)
    {
        using (left)
        using (right)
        {
            left.NoDelay = true;
            right.NoDelay = true;
            await Task.WhenAll(CopyAsync(left, right, cancellationToken), CopyAsync(right, left, cancellationToken));
        }
    }

    private static async Task CopyAsync(Socket from, Socket to, CancellationToken cancellationToken)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int length;
            while ((length = await from.ReceiveAsync(buffer, cancellationToken)) > 0)
            {
                for (var sent = 0; sent < length;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, length - sent), cancellationToken);
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side is gone: the other must not wait for it.
            from.Close(0);
            to.Close(0);
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
