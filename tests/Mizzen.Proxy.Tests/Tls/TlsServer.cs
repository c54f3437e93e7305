using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Mizzen.Proxy.Tests.Tls;

/// <summary>A TLS server of .NET's own that answers every request head with one text.</summary>
internal sealed class TlsServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly SslServerAuthenticationOptions _options;
    private readonly string _answer;
    private readonly Task _accepting;

    public TlsServer(SslServerAuthenticationOptions options, string answer)
    {
        _options = options;
        _answer = answer;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(16);
        _accepting = AcceptAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>What the clients asked for and agreed on: server name and application protocol.</summary>
    public ConcurrentQueue<(string ServerName, string Protocol)> Handshakes { get; } = [];

    public ConcurrentQueue<string> Heads { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptAsync(_stop.Token)));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await stream.AuthenticateAsServerAsync(_options, _stop.Token);
            Handshakes.Enqueue((stream.TargetHostName, stream.NegotiatedApplicationProtocol.ToString()));
            var buffer = new byte[64 * 1024];
            var text = "";
            while (await stream.ReadAsync(buffer, _stop.Token) is > 0 and var count)
            {
                text += Encoding.Latin1.GetString(buffer, 0, count);
                if (text.EndsWith("\r\n\r\n", StringComparison.Ordinal))
                {
                    Heads.Enqueue(text);
                    text = "";
                    await stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\ncontent-length: {_answer.Length}\r\n\r\n{_answer}"), _stop.Token);
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or AuthenticationException or ObjectDisposedException)
        {
            // The proxy did not like us, or the test is over.
        }
    }
}
