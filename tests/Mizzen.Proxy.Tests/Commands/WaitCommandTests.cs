using System.Net;
using System.Net.Sockets;
using Mizzen.Proxy.Commands;

namespace Mizzen.Proxy.Tests.Commands;

public sealed class WaitCommandTests
{
    [Theory]
    [InlineData("503 Service Unavailable", "200 OK", 0)]
    [InlineData("200 OK", "200 OK", 0)]
    [InlineData("503 Service Unavailable", "503 Service Unavailable", 1)]
    public async Task It_returns_when_the_proxy_is_ready_or_time_is_up(string first, string later, int code)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, first, later);
        var errors = new StringWriter();
        var url = $"http://{listener.LocalEndpoint}/healthz/ready";
        Assert.Equal(code, await WaitCommand.RunAsync(["--url", url, "--timeoutSeconds=1", "--periodMillis=10", "--requestTimeoutMillis=10000"], TextWriter.Null, errors, TimeProvider.System));
        Assert.Equal(code == 1, errors.ToString().Contains("answered 503", StringComparison.Ordinal));
        listener.Stop();
        await serving;
    }

    [Fact]
    public async Task A_number_that_is_none_is_named() => await Assert.ThrowsAsync<UsageException>(
        () => WaitCommand.RunAsync(["--periodMillis", "soon"], TextWriter.Null, TextWriter.Null, TimeProvider.System));

    private static async Task ServeAsync(TcpListener listener, string first, string later)
    {
        var status = first;
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
                using var reader = new StreamReader(client.GetStream());
                while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { Length: > 0 })
                {
                }

                await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"), TestContext.Current.CancellationToken);
                status = later;
            }
        }
        catch (Exception error) when (error is SocketException or InvalidOperationException)
        {
            // The test is over.
        }
    }
}
