using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>Requests through a real engine to a real server.</summary>
public sealed class ForwardingTests
{
    [Fact]
    public async Task A_request_reaches_the_endpoint_and_its_answer_the_client()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("hello", "x-app: yes\r\n"));
        await using var engine = TestEngine.Forwarding(upstream.Address);

        var response = await engine.GetAsync("/greeting?name=a");

        Assert.Equal((200, "hello"), (response.Status, response.Body));
        Assert.Equal("yes", response["x-app"]);
        Assert.Equal("envoy", response["server"]);
        Assert.NotNull(response["date"]);
        Assert.NotNull(response["x-envoy-upstream-service-time"]);
        var head = Assert.Single(upstream.Heads);
        Assert.StartsWith("GET /greeting?name=a HTTP/1.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nhost: test\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nx-forwarded-proto: http\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nx-envoy-attempt-count: 1\r\n", head, StringComparison.Ordinal);
        Assert.Matches("\r\nx-request-id: [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\r\n", head);
        Assert.Equal(new Outcome(200, ResponseFlags.None, "via_upstream", 1, "/greeting?name=a", "", 0, 5), await engine.OutcomeAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_old_connection_takes_no_more_requests(bool isHttp2)
    {
        // Another engine stands behind the one that is tested: it counts connections.
        await using var server = new TestEngine();
        server.Publish(new HttpModel { StatPrefix = "server", Routes = TestEngine.Routes(TestEngine.Route(new RouteActionModel.Direct(200, []))) });
        await using var engine = new TestEngine();
        engine.Publish(
            TestEngine.Routes(TestEngine.Route()),
            TestEngine.Cluster("app", server.Address) with { Protocol = isHttp2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1, MaxConnectionDuration = 200, Keepalive = new KeepaliveModel(3, 60, 10) });
        using var client = await engine.ConnectAsync();
        async Task<long> ConnectionsAsync()
        {
            await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
            _ = await client.ReadResponseAsync();
            return server.Observer.Counts["http.server.downstream_cx_total"];
        }

        Assert.Equal(1, await ConnectionsAsync());
        await Testing.Eventually.HoldsAsync(async () => await ConnectionsAsync() >= 2, "another connection is made after 200 ms", TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Connections_are_kept_on_both_sides()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();
        for (var i = 0; i < 10; i++)
        {
            await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
            Assert.Equal("ok", (await client.ReadResponseAsync()).Body);
        }

        Assert.Equal(1, upstream.Connections);
        Assert.Equal(10, upstream.Heads.Count);
    }
}
