using System.Net.WebSockets;
using System.Text;

namespace Mizzen.Client;

/// <summary>
/// One forwarded connection over a WebSocket (Kubernetes' <c>v4.channel.k8s.io</c>): the first byte of each message is its channel, 0 for
/// data and 1 for an error; the first message of each channel holds the port instead.
/// </summary>
internal sealed class PodPortStream(ClientWebSocket socket) : Stream
{
    public const string Protocol = "v4.channel.k8s.io";

    private const int LargestMessage = 32 * 1024;
    private const byte DataChannel = 0;
    private const int PortBytes = 2;

    private readonly byte[] _received = new byte[LargestMessage];
    private readonly byte[] _sent = new byte[LargestMessage];
    private readonly int[] _preface = [PortBytes, PortBytes];
    private int _start;
    private int _end;
    private int _channel = -1;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_start == _end)
        {
            if (!await ReceiveAsync(cancellationToken))
            {
                return 0;
            }
        }

        var count = Math.Min(buffer.Length, _end - _start);
        _received.AsMemory(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            var count = Math.Min(buffer.Length, LargestMessage - 1);
            _sent[0] = DataChannel;
            buffer[..count].CopyTo(_sent.AsMemory(1));
            await socket.SendAsync(_sent.AsMemory(0, count + 1), WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
            buffer = buffer[count..];
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        socket.Dispose();
        base.Dispose(disposing);
    }

    // Takes one part of a message; what belongs to no reader leaves nothing behind.
    private async ValueTask<bool> ReceiveAsync(CancellationToken cancellationToken)
    {
        var part = await socket.ReceiveAsync(_received.AsMemory(), cancellationToken);
        if (part.MessageType == WebSocketMessageType.Close)
        {
            return false;
        }

        (_start, _end) = (0, part.Count);
        if (_channel < 0 && part.Count > 0)
        {
            _channel = _received[_start++];
        }

        SkipPreface();
        if (_channel != DataChannel && _start < _end)
        {
            throw new IOException(Encoding.UTF8.GetString(_received, _start, _end - _start));
        }

        _channel = part.EndOfMessage ? -1 : _channel;
        return true;
    }

    private void SkipPreface()
    {
        if (_channel is 0 or 1)
        {
            var skipped = Math.Min(_preface[_channel], _end - _start);
            _preface[_channel] -= skipped;
            _start += skipped;
        }
    }
}
