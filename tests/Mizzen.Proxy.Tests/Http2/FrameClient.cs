using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mizzen.Proxy.Http2;
using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Tests.Http2;

/// <summary>One end of an HTTP/2 connection that sends exactly the frames it is told to, right or wrong, and shows the frames that come.</summary>
internal sealed class FrameClient : IDisposable
{
    public static readonly byte[] Preface = Http2ServerConnection.Preface.ToArray();

    private readonly Socket _socket;
    private readonly HpackEncoder _encoder = new();
    private readonly HpackDecoder _decoder = Blocks.Decoder();
    private readonly List<byte> _received = [];

    public FrameClient(Socket socket) => _socket = socket;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Connects without a word.</summary>
    public static async Task<FrameClient> ConnectAsync(IPEndPoint address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address, Cancel);
        return new FrameClient(socket);
    }

    /// <summary>Connects and exchanges settings.</summary>
    public static async Task<FrameClient> StartAsync(IPEndPoint address, params (SettingId Id, uint Value)[] settings)
    {
        var client = await ConnectAsync(address);
        await client.SendAsync(Preface);
        await client.SendSettingsAsync(settings);
        _ = await client.ReadAsync(FrameType.Settings);
        await client.SendAsync(FrameType.Settings, FrameFlags.Ack, 0, []);
        _ = await client.ReadAsync(FrameType.Settings);
        return client;
    }

    public async Task SendAsync(byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await _socket.SendAsync(bytes.AsMemory(sent), Cancel);
        }
    }

    public static byte[] Frame(FrameType type, FrameFlags flags, int stream, params byte[] payload)
    {
        var frame = new byte[FrameHeader.Size + payload.Length];
        new FrameHeader(payload.Length, type, flags, stream).Write(frame);
        payload.CopyTo(frame, FrameHeader.Size);
        return frame;
    }

    public static byte[] Number(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    public Task SendAsync(FrameType type, FrameFlags flags, int stream, byte[] payload) => SendAsync(Frame(type, flags, stream, payload));

    public Task SendSettingsAsync(params (SettingId Id, uint Value)[] settings)
    {
        var output = new OutputBuffer(new BufferPool());
        FrameWriter.Settings(output, settings);
        return SendAsync(output.Written.ToArray());
    }

    /// <summary>The header block of fields <c>name: value|name: value</c>.</summary>
    public byte[] Block(string fields) => _encoder.Encode(
        [.. fields.Split('|').Select(line => (line[..line.IndexOf(": ", StringComparison.Ordinal)], line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..]))]);

    public Task SendHeadersAsync(int stream, string fields, bool endStream = true) =>
        SendAsync(FrameType.Headers, FrameFlags.EndHeaders | (endStream ? FrameFlags.EndStream : FrameFlags.None), stream, Block(fields));

    public Task SendDataAsync(int stream, string data, bool endStream = true) =>
        SendAsync(FrameType.Data, endStream ? FrameFlags.EndStream : FrameFlags.None, stream, Encoding.Latin1.GetBytes(data));

    /// <summary>The next frame; null at the end of the connection.</summary>
    public async Task<Received?> ReadAsync()
    {
        while (true)
        {
            if (_received.Count >= FrameHeader.Size)
            {
                var header = FrameHeader.Read(_received.Take(FrameHeader.Size).ToArray());
                if (_received.Count >= FrameHeader.Size + header.Length)
                {
                    return Take(header);
                }
            }

            var buffer = new byte[64 * 1024];
            int count;
            try
            {
                count = await _socket.ReceiveAsync(buffer, Cancel);
            }
            catch (SocketException)
            {
                count = 0;
            }

            if (count == 0)
            {
                return null;
            }

            _received.AddRange(buffer.AsSpan(0, count));
        }
    }

    /// <summary>The next frame of that type; others are passed over.</summary>
    public async Task<Received> ReadAsync(FrameType type)
    {
        while (await ReadAsync() is { } frame)
        {
            if (frame.Header.Type == type)
            {
                return frame;
            }
        }

        throw new EndOfStreamException($"no {type} came");
    }

    /// <summary>Everything that the peer says until its end, window updates, pings and settings left out, in words.</summary>
    public async Task<List<string>> ReadToEndAsync()
    {
        var said = new List<string>();
        while (await ReadAsync() is { } frame)
        {
            if (frame.Header.Type is not FrameType.WindowUpdate and not FrameType.Settings and not FrameType.Ping)
            {
                said.Add(frame.ToString());
            }
        }

        return said;
    }

    /// <summary>What ends a stream, in words: the fields and body of a response, or a reset. Null when the connection ended before.</summary>
    public async Task<string?> ReadStreamAsync(int stream)
    {
        var text = new StringBuilder();
        while (await ReadAsync() is { } frame)
        {
            if (frame.Header.Stream != stream || frame.Header.Type == FrameType.WindowUpdate)
            {
                if (frame.Header.Type == FrameType.GoAway && frame.Error != Http2Error.None)
                {
                    return frame.ToString();
                }

                continue;
            }

            text.Append(text.Length > 0 && frame.Header.Type != FrameType.Data ? "|" : "").Append(frame.Text);
            if (frame.Header.Type == FrameType.ResetStream || frame.Header.Has(FrameFlags.EndStream))
            {
                return text.ToString();
            }
        }

        return null;
    }

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _socket.Dispose();

    private Received Take(FrameHeader header)
    {
        var payload = _received.Skip(FrameHeader.Size).Take(header.Length).ToArray();
        _received.RemoveRange(0, FrameHeader.Size + header.Length);
        var fields = header.Type is FrameType.Headers or FrameType.Continuation ? _decoder.Decode(payload) : null;
        return new Received(header, payload, fields);
    }
}

/// <summary>A frame that came; header blocks in one piece are decoded.</summary>
internal sealed record Received(FrameHeader Header, byte[] Payload, string[]? Fields)
{
    /// <summary>Fields that a proxy adds to every response.</summary>
    private static readonly string[] Added = ["date", "server", "x-envoy-upstream"];

    public Http2Error Error => (Http2Error)BinaryPrimitives.ReadUInt32BigEndian(Payload.AsSpan(Header.Type == FrameType.GoAway ? 4 : 0));

    /// <summary>The interesting part: fields, data, error.</summary>
    public string Text => Header.Type switch
    {
        FrameType.Headers => string.Join('|', Fields!.Where(line => !Added.Any(name => line.StartsWith(name, StringComparison.Ordinal)))),
        FrameType.Data => Encoding.Latin1.GetString(Payload),
        FrameType.ResetStream => $"reset {Error}",
        FrameType.GoAway => $"goaway {BinaryPrimitives.ReadUInt32BigEndian(Payload)} {Error}",
        _ => "",
    };

    public override string ToString() => Header.Type == FrameType.GoAway ? Text : $"{Header.Stream} {Header.Type}: {Text}";
}
