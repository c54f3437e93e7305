using System.Net.WebSockets;
using System.Text;
using Mizzen.Resources;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.ApiServer.Streaming;

/// <summary>
/// Several streams in one WebSocket: the first byte of each message is its channel (Kubernetes' <c>channel.k8s.io</c> protocols).
/// </summary>
internal sealed class ChannelSocket(WebSocket socket) : IDisposable
{
    /// <summary>From version 5 on, a message of this channel says that the channel in its second byte is at its end.</summary>
    public const byte CloseChannel = 255;

    private const int LongestPart = 32 * 1024;
    private const int LongestMessage = 1024 * 1024;

    private readonly SemaphoreSlim _sending = new(1, 1);
    private byte[] _message = new byte[LongestPart];

    /// <summary>The next message; null when the client has gone.</summary>
    public async Task<ReadOnlyMemory<byte>?> ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            var length = 0;
            while (true)
            {
                var part = await socket.ReceiveAsync(_message.AsMemory(length), cancellationToken);
                length += part.Count;
                if (part.MessageType == WebSocketMessageType.Close || length > LongestMessage)
                {
                    return null;
                }

                if (part.EndOfMessage)
                {
                    return _message.AsMemory(0, length);
                }

                if (length == _message.Length)
                {
                    Array.Resize(ref _message, length * 2);
                }
            }
        }
        catch (WebSocketException)
        {
            return null;
        }
    }

    public async Task SendAsync(byte channel, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var message = new byte[data.Length + 1];
        message[0] = channel;
        data.CopyTo(message.AsMemory(1));
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
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

    public Task SendAsync(byte channel, Status status, CancellationToken cancellationToken) =>
        SendAsync(channel, Encoding.UTF8.GetBytes(ResourceJson.Serialize(status)), cancellationToken);

    /// <summary>Copies a stream to its end.</summary>
    public async Task CopyAsync(byte channel, Stream from, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestPart];
        int read;
        while ((read = await from.ReadAsync(buffer, cancellationToken)) > 0)
        {
            await SendAsync(channel, buffer.AsMemory(0, read), cancellationToken);
        }
    }

    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
        }
        catch (WebSocketException)
        {
            // It is closed already.
        }
    }

    public void Dispose()
    {
        _sending.Dispose();
        socket.Dispose();
    }
}
