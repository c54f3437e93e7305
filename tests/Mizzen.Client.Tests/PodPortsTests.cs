using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mizzen.Client.Tests;

/// <summary>An API server that forwards ports over WebSockets as the kubelet does, with an HTTP server behind.</summary>
public sealed class PodPortsTests : IAsyncLifetime
{
    private const string Answer = "HTTP/1.1 200 OK\r\ncontent-length: 40000\r\n\r\n";
    private readonly List<string> _asked = [];
    private WebApplication? _app;
    private HttpClient? _api;
    private string _error = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.UseWebSockets();
        _app.Run(ServeAsync);
        await _app.StartAsync();
        _api = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
    }

    public async ValueTask DisposeAsync()
    {
        _api?.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_page_behind_a_port_of_a_pod_is_read_through_the_API_server()
    {
        using var http = PodPorts.Http(_api!, "shop", "web-1", 15000);
        var text = await http.GetStringAsync(new Uri("/config_dump?x=1", UriKind.Relative), Cancellation);
        Assert.Equal(new string('x', 40000), text);
        Assert.Equal("/api/v1/namespaces/shop/pods/web-1/portforward?ports=15000 v4.channel.k8s.io", _asked[0]);
        Assert.StartsWith("GET /config_dump?x=1 HTTP/1.1\r\nHost: localhost:15000\r\n", _asked[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_node_says_instead_is_the_error()
    {
        _error = "nobody listens on 15000";
        using var http = PodPorts.Http(_api!, "shop", "web-1", 15000);
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(new Uri("/", UriKind.Relative), Cancellation));
        Assert.Contains(_error, error.InnerException?.Message ?? error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_of_the_API_server_is_the_error()
    {
        using var http = PodPorts.Http(_api!, "shop", "forbidden", 15000);
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(new Uri("/", UriKind.Relative), Cancellation));
        Assert.Contains("403", (error.InnerException ?? error).Message, StringComparison.Ordinal);
    }

    private async Task ServeAsync(HttpContext context)
    {
        if (context.Request.Path.Value!.Contains("forbidden", StringComparison.Ordinal))
        {
            context.Response.StatusCode = 403;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols[0]);
        _asked.Add($"{context.Request.Path}{context.Request.QueryString} {socket.SubProtocol}");
        await SendAsync(socket, [0, 0x98, 0x3a]);
        await SendAsync(socket, [1, 0x98, 0x3a]);
        if (_error.Length > 0)
        {
            await SendAsync(socket, [1, .. Encoding.UTF8.GetBytes(_error)]);
            return;
        }

        var buffer = new byte[4096];
        var received = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
        Assert.Equal(0, buffer[0]);
        _asked.Add(Encoding.ASCII.GetString(buffer, 1, received.Count - 1));
        await SendAsync(socket, [0, .. Encoding.ASCII.GetBytes(Answer), .. Enumerable.Repeat((byte)'x', 100)]);
        await SendAsync(socket, [0, .. Enumerable.Repeat((byte)'x', 39900)]);
        await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
    }

    private static async Task SendAsync(WebSocket socket, byte[] message) =>
        await socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, Cancellation);
}
