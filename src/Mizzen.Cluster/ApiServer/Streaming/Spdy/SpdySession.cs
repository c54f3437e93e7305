using System.Net.WebSockets;

namespace Mizzen.Cluster.ApiServer.Streaming.Spdy;

/// <summary>Frames of SPDY/3.1 in the binary messages of a WebSocket, which have nothing to do with where frames begin and end.</summary>
internal sealed class SpdySession(WebSocket socket) : IDisposable
{
    private const int LongestBody = 1024 * 1024;

    private readonly SemaphoreSlim _sending = new(1, 1);

    /// <summary>The next frame; null when the client has gone.</summary>
    /// <exception cref="InvalidDataException">It is too long.</exception>
    public async Task<SpdyFrame?> ReceiveAsync(CancellationToken cancellationToken)
    {
        var head = new byte[SpdyFrame.Head];
        if (!await FillAsync(head, cancellationToken))
        {
            return null;
        }

        var length = SpdyFrame.BodyLength(head);
        var body = new byte[length <= LongestBody ? length : throw new InvalidDataException($"a frame of {length} bytes is too long")];
        return await FillAsync(body, cancellationToken) ? SpdyFrame.Parse(head, body) : null;
    }

    public async Task SendAsync(SpdyFrame frame, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await socket.SendAsync(frame.ToBytes(), WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
        }
        catch (WebSocketException)
        {
            // The client has gone; whoever reads from it hears of that.
        }
        finally
        {
            _sending.Release();
        }
    }

    public void Dispose() => _sending.Dispose();

    private async Task<bool> FillAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            while (buffer.Length > 0)
            {
                var part = await socket.ReceiveAsync(buffer, cancellationToken);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return false;
                }

                buffer = buffer[part.Count..];
            }

            return true;
        }
        catch (WebSocketException)
        {
            return false;
        }
    }
}
