using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>A server that a test scripts byte by byte: each connection is served by the function that it is made with.</summary>
internal sealed class TestUpstream : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<UpstreamConnection, Task> _serve;
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly Task _accepting;
    private int _connections;

    /// <summary>Serves on an address; null for a port of loopback that the kernel chooses.</summary>
    public TestUpstream(Func<UpstreamConnection, Task> serve, IPEndPoint? address = null)
    {
        _serve = serve;
        _listener = new Socket(address?.AddressFamily ?? AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(address ?? new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(128);
        _accepting = AcceptAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Every request received, as text of its head.</summary>
    public ConcurrentQueue<string> Heads { get; } = [];

    /// <summary>Answers every request on every connection by a function of its head and body.</summary>
    public static TestUpstream Answering(Func<string, string, string> answer) => new(async connection =>
    {
        while (await connection.ReadRequestAsync() is { } request)
        {
            await connection.SendAsync(answer(request.Head, request.Body));
        }
    });

    /// <summary>A 200 with that body.</summary>
    public static string Ok(string body, string fields = "") => $"HTTP/1.1 200 OK\r\n{fields}content-length: {body.Length}\r\n\r\n{body}";

    /// <summary>An address on which nobody listens.</summary>
    public static IPEndPoint Nobody()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }

        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stop.Token);
                socket.NoDelay = true;
                _sockets.Add(socket);
                Interlocked.Increment(ref _connections);
                _ = ServeAsync(socket);
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var connection = new UpstreamConnection(socket, Heads, _stop.Token);
        try
        {
            await _serve(connection);
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException or IOException)
        {
            // The proxy or the test has ended the connection.
        }

        socket.Dispose();
    }
}

/// <summary>The server's side of one connection.</summary>
internal sealed class UpstreamConnection(Socket socket, ConcurrentQueue<string> heads, CancellationToken cancellationToken) : IDisposable
{
    private readonly List<byte> _received = [];
    private SslStream? _tls;

    public Socket Socket => socket;

    public CancellationToken Cancellation => cancellationToken;

    /// <summary>Speaks TLS if the client does.</summary>
    public async Task EncryptIfAskedAsync(X509Certificate2 certificate)
    {
        const byte handshake = 22;
        var first = new byte[1];
        if (await socket.ReceiveAsync(first, SocketFlags.Peek, cancellationToken) == 1 && first[0] == handshake)
        {
            _tls = new SslStream(new NetworkStream(socket));
            await _tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, cancellationToken);
        }
    }

    /// <summary>The next request with its body decoded; null when the peer has ended the connection.</summary>
    public async Task<(string Head, string Body)?> ReadRequestAsync()
    {
        if (await ReadHeadAsync() is not { } head)
        {
            return null;
        }

        return (head, await ReadBodyAsync(head));
    }

    public async Task<string?> ReadHeadAsync()
    {
        int end;
        while ((end = Text.IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
        {
            if (!await FillAsync())
            {
                return null;
            }
        }

        var head = Take(end + 4);
        heads.Enqueue(head);
        return head;
    }

    public async Task<string> ReadAsync(int count)
    {
        while (_received.Count < count)
        {
            if (!await FillAsync())
            {
                throw new EndOfStreamException();
            }
        }

        return Take(count);
    }

    /// <summary>Whatever comes next; empty at the end.</summary>
    public async Task<string> ReadSomeAsync()
    {
        if (_received.Count == 0)
        {
            await FillAsync();
        }

        return Take(_received.Count);
    }

    public async Task SendAsync(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        if (_tls is not null)
        {
            await _tls.WriteAsync(bytes, cancellationToken);
            return;
        }

        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent), cancellationToken);
        }
    }

    public void Dispose() => _tls?.Dispose();

    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    private string Text => Encoding.Latin1.GetString(_received.ToArray());

    private async Task<string> ReadBodyAsync(string head)
    {
        var lower = head.ToLowerInvariant();
        if (lower.Contains("transfer-encoding: chunked", StringComparison.Ordinal))
        {
            return await ReadChunksAsync();
        }

        var at = lower.IndexOf("content-length: ", StringComparison.Ordinal);
        return at < 0 ? "" : await ReadAsync(int.Parse(lower[(at + 16)..lower.IndexOf("\r\n", at, StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture));
    }

    private async Task<string> ReadChunksAsync()
    {
        var body = new StringBuilder();
        while (true)
        {
            var line = "";
            while (!line.EndsWith("\r\n", StringComparison.Ordinal))
            {
                line += await ReadAsync(1);
            }

            var size = Convert.ToInt32(line.Trim(), 16);
            var piece = await ReadAsync(size + 2);
            if (size == 0)
            {
                return body.ToString();
            }

            body.Append(piece[..size]);
        }
    }

    private async Task<bool> FillAsync()
    {
        var buffer = new byte[64 * 1024];
        var count = await (_tls is null ? socket.ReceiveAsync(buffer, cancellationToken) : _tls.ReadAsync(buffer, cancellationToken));
        _received.AddRange(buffer.AsSpan(0, count));
        return count > 0;
    }

    private string Take(int count)
    {
        var text = Encoding.Latin1.GetString(_received.GetRange(0, count).ToArray());
        _received.RemoveRange(0, count);
        return text;
    }
}
