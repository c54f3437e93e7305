using Mizzen.Proxy.Http2;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tests.Http2;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>WebSockets by extended CONNECT (RFC 8441) on either side, with HTTP/1.1 on the other.</summary>
public sealed class Http2TunnelTests
{
    private const string Connect = ":method: CONNECT|:protocol: websocket|:scheme: http|:path: /chat|:authority: a|sec-websocket-version: 13";

    [Fact]
    public async Task A_tunnel_of_a_client_of_HTTP2_is_an_upgrade_to_a_server_of_HTTP1()
    {
        await using var upstream = new TestUpstream(async connection =>
        {
            _ = await connection.ReadHeadAsync();
            await connection.SendAsync("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: x\r\n\r\n");
            while (await connection.ReadSomeAsync() is { Length: > 0 } text)
            {
                await connection.SendAsync($"<{text}>");
            }
        });
        await using var engine = new TestEngine();
        engine.Publish(new HttpModel { Routes = TestEngine.Routes(TestEngine.Route()), Http2 = new Http2Model { AllowConnect = true } }, TestEngine.Cluster("app", upstream.Address));
        using var client = await FrameClient.StartAsync(engine.Address);

        await client.SendHeadersAsync(1, Connect, endStream: false);
        var head = await client.ReadAsync(FrameType.Headers);
        Assert.Equal(":status: 200", head.Fields![0]);
        Assert.DoesNotContain(head.Fields, line => line.StartsWith("upgrade", StringComparison.Ordinal) || line.StartsWith("sec-websocket-accept", StringComparison.Ordinal));
        await client.SendDataAsync(1, "hello", endStream: false);
        Assert.Equal("<hello>", (await client.ReadAsync(FrameType.Data)).Text);
        await client.SendDataAsync(1, "", endStream: true);
        Assert.True((await client.ReadAsync(FrameType.Data)).Header.Has(FrameFlags.EndStream));

        var request = Assert.Single(upstream.Heads);
        Assert.StartsWith("GET /chat HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("upgrade: websocket\r\n", request, StringComparison.Ordinal);
        Assert.Matches("sec-websocket-key: [A-Za-z0-9+/]{22}==\r\n", request);
    }

    [Fact]
    public async Task An_upgrade_of_a_client_of_HTTP1_is_a_tunnel_to_a_server_of_HTTP2()
    {
        string[] fields = [];
        await using var server = new FrameServer(async (connection, number) =>
        {
            var request = await connection.ReadAsync(FrameType.Headers);
            fields = request.Fields!;
            await connection.SendHeadersAsync(request.Header.Stream, ":status: 200", endStream: false);
            var data = await connection.ReadAsync(FrameType.Data);
            await connection.SendDataAsync(request.Header.Stream, $"<{data.Text}>", endStream: false);
            _ = await connection.ReadToEndAsync();
        });
        await using var engine = new TestEngine();
        engine.Publish(TestEngine.Routes(TestEngine.Route()), TestEngine.Cluster("app", server.Address) with { Protocol = UpstreamProtocol.Http2 });
        using var client = await engine.ConnectAsync();

        // Key and answer of RFC 6455 section 1.3.
        await client.SendAsync("GET /chat HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        var response = await client.ReadResponseAsync();
        Assert.Equal((101, "websocket", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), (response.Status, response["upgrade"], response["sec-websocket-accept"]));
        await client.SendAsync("hello");
        Assert.Equal("<hello>", await client.ReadAsync(7));
        Assert.Contains(":method: CONNECT", fields);
        Assert.Contains(":protocol: websocket", fields);
        Assert.DoesNotContain(fields, line => line.StartsWith("sec-websocket-key", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_permission_there_is_no_tunnel()
    {
        await using var engine = TestEngine.Forwarding(TestUpstream.Nobody());
        using var client = await FrameClient.StartAsync(engine.Address);
        await client.SendHeadersAsync(1, Connect, endStream: false);
        Assert.Equal("reset Protocol", await client.ReadStreamAsync(1));
    }
}
