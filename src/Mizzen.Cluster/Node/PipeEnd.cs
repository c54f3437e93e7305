using System.Net.Sockets;

namespace Mizzen.Cluster.Node;

/// <summary>
/// This process's end of a pipe or of a terminal. The runtime waits for any descriptor that can be polled the way it waits for sockets,
/// so no thread is spent on a program that is silent.
/// </summary>
internal sealed class PipeEnd(int descriptor) : ForwardStream
{
    private readonly Socket _descriptor = new(new SafeSocketHandle(descriptor, ownsHandle: true));

    public override bool CanRead => true;

    public override bool CanWrite => true;

    /// <summary>Reads what there is; 0 when the other side has gone, which a terminal tells by an error.</summary>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _descriptor.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return 0;
        }
    }

    /// <exception cref="IOException">Nobody reads at the other side any more.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            while (buffer.Length > 0)
            {
                buffer = buffer[await _descriptor.SendAsync(buffer, SocketFlags.None, cancellationToken)..];
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new IOException("nobody reads any more", error);
        }
    }

    protected override void Dispose(bool disposing)
    {
        _descriptor.Dispose();
        base.Dispose(disposing);
    }
}
