using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mizzen.Proxy.Admin;
using Mizzen.Proxy.Logging;

namespace Mizzen.Proxy.Agent;

/// <summary>
/// The HTTP server of port 15020. It runs on the control thread because its answers wait for the application, which nothing on a loop
/// may; a request a connection, no bodies: what probes and scrapes need.
/// </summary>
internal sealed class AgentServer(AgentPages pages, Logger log) : IDisposable
{
    private const int LongestHead = 16 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Where it listens, once it does.</summary>
    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Opens the port.</summary>
    /// <exception cref="SocketException">The port is taken.</exception>
    public void Listen(IPEndPoint address)
    {
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(address);
        _listener.Listen(64);
    }

    /// <summary>Answers until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptAsync(cancellationToken);
                _ = ServeAsync(client, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException error)
            {
                log.Warn($"a connection to port {Address.Port} was lost before it was taken: {error.Message}");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync(Socket client, CancellationToken cancellationToken)
    {
        using var socket = client;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            if (await ReadRequestLineAsync(client, patience.Token) is var (method, target))
            {
                var response = await pages.AnswerAsync(method, target, cancellationToken);
                await SendAsync(client, response, isHead: method == "HEAD", patience.Token);
            }
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or IOException)
        {
            log.Debug($"port {Address.Port}: the client went away: {error.Message}");
        }
    }

    private static async Task<(string Method, string Target)?> ReadRequestLineAsync(Socket client, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestHead];
        var length = 0;
        while (buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
        {
            var read = length < buffer.Length ? await client.ReceiveAsync(buffer.AsMemory(length), cancellationToken) : 0;
            if (read == 0)
            {
                return null;
            }

            length += read;
        }

        var line = Encoding.ASCII.GetString(buffer, 0, buffer.AsSpan().IndexOf((byte)'\r')).Split(' ');
        return line.Length == 3 ? (line[0], line[1]) : null;
    }

    private static async Task SendAsync(Socket client, AdminResponse response, bool isHead, CancellationToken cancellationToken)
    {
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {response.Status} {(HttpStatusCode)response.Status}\r\ncontent-type: {response.ContentType}\r\ncontent-length: {response.Body.Length}\r\nconnection: close\r\n\r\n");
        byte[] message = [.. Encoding.ASCII.GetBytes(head), .. isHead ? [] : response.Body];
        for (var sent = 0; sent < message.Length;)
        {
            sent += await client.SendAsync(message.AsMemory(sent), cancellationToken);
        }

        client.Shutdown(SocketShutdown.Send);
    }
}
