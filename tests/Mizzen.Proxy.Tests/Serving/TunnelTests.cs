using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>Connections that stop being HTTP, or never were.</summary>
public sealed class TunnelTests
{
    [Fact]
    public async Task A_websocket_passes_both_ways_until_both_have_ended()
    {
        await using var upstream = new TestUpstream(async connection =>
        {
            var head = await connection.ReadHeadAsync();
            Assert.Contains("upgrade: websocket\r\n", head, StringComparison.Ordinal);
            Assert.Contains("connection: upgrade\r\n", head, StringComparison.Ordinal);
            await connection.SendAsync("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\nfirst");
            while (await connection.ReadSomeAsync() is { Length: > 0 } piece)
            {
                await connection.SendAsync(piece.ToUpperInvariant());
            }

            await connection.SendAsync("bye");
        });
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();

        await client.SendAsync("GET /ws HTTP/1.1\r\nhost: test\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n\r\n");
        var response = await client.ReadResponseAsync();
        Assert.Equal((101, "websocket", "upgrade"), (response.Status, response["upgrade"], response["connection"]));
        Assert.Equal("first", await client.ReadAsync(5));
        await client.SendAsync("hello");
        Assert.Equal("HELLO", await client.ReadAsync(5));
        client.EndSending();

        Assert.Equal("bye", await client.ReadToEndAsync());
        Assert.Equal((101, ResponseFlags.None), await engine.OutcomeAsync() is var outcome ? (outcome.Status, outcome.Flags) : default);
    }

    [Fact]
    public async Task An_upgrade_that_the_upstream_refuses_is_an_ordinary_exchange()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("no"));
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();

        for (var i = 0; i < 2; i++)
        {
            await client.SendAsync("GET /ws HTTP/1.1\r\nhost: test\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n");
            Assert.Equal("no", (await client.ReadResponseAsync()).Body);
        }

        Assert.Equal(1, upstream.Connections);
    }

    [Fact]
    public async Task An_upgrade_that_is_not_enabled_is_403()
    {
        await using var engine = new TestEngine();
        engine.Publish(TestEngine.Routes(TestEngine.Route()));

        Assert.Equal(403, (await engine.GetAsync("/", "connection: upgrade\r\nupgrade: other\r\n")).Status);
        Assert.Equal("upgrade_failed", (await engine.OutcomeAsync()).Details);
    }

    [Fact]
    public async Task A_tcp_connection_lives_by_halves()
    {
        await using var upstream = new TestUpstream(async connection =>
        {
            var all = "";
            while (await connection.ReadSomeAsync() is { Length: > 0 } piece)
            {
                all += piece;
            }

            await connection.SendAsync($"got {all.Length}");
        });
        await using var engine = Tcp(TestEngine.Cluster("app", upstream.Address));
        using var client = await engine.ConnectAsync();

        await client.SendAsync(new byte[3_000_000]);
        client.EndSending();

        Assert.Equal("got 3000000", await client.ReadToEndAsync());
        await Testing.Eventually.HoldsAsync(() => !engine.Observer.Closed.IsEmpty, "the connection is reported", TestContext.Current.CancellationToken);
        var record = Assert.Single(engine.Observer.Closed);
        Assert.Equal((3_000_000, 11, ResponseFlags.None), (record.BytesReceived, record.BytesSent, record.Flags));
        Assert.Equal("app", record.Cluster!.Key.Name);
    }

    [Fact]
    public async Task A_server_may_speak_first()
    {
        await using var upstream = new TestUpstream(async connection =>
        {
            await connection.SendAsync("220 hello\r\n");
            await connection.SendAsync(await connection.ReadAsync(4));
        });
        await using var engine = Tcp(TestEngine.Cluster("app", upstream.Address));
        using var client = await engine.ConnectAsync();

        Assert.Equal("220 hello\r\n", await client.ReadAsync(11));
        await client.SendAsync("EHLO");
        Assert.Equal("EHLO", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_refused_tcp_connection_is_tried_elsewhere_and_then_ended()
    {
        await using var upstream = new TestUpstream(async connection => await connection.SendAsync("ok"));
        await using var engine = new TestEngine();
        engine.Publish(
            [TestEngine.Listener(Chain(new TcpModel { Clusters = [new WeightedClusterModel { Cluster = ClusterKey.Of("app") }], MaxConnectAttempts = 2 }))],
            TestEngine.Cluster("app", TestUpstream.Nobody(), upstream.Address));
        using (var client = await engine.ConnectAsync())
        {
            Assert.Equal("ok", await client.ReadToEndAsync());
        }

        engine.Publish(
            [TestEngine.Listener(Chain(new TcpModel { Clusters = [new WeightedClusterModel { Cluster = ClusterKey.Of("app") }] }))],
            TestEngine.Cluster("app", TestUpstream.Nobody()));
        try
        {
            using var refused = await engine.ConnectAsync();
            Assert.Equal("", await refused.ReadToEndAsync());
        }
        catch (System.Net.Sockets.SocketException)
        {
            // The reset may come before the client has noticed that it is connected.
        }

        await Testing.Eventually.HoldsAsync(() => engine.Observer.Closed.Count == 2, "both are reported", TestContext.Current.CancellationToken);
        Assert.Equal(ResponseFlags.UpstreamConnectionFailure, engine.Observer.Closed.Last().Flags);
    }

    [Fact]
    public async Task First_bytes_tell_http_from_everything_else()
    {
        await using var web = TestUpstream.Answering((_, _) => TestUpstream.Ok("http"));
        await using var raw = new TestUpstream(async connection => await connection.SendAsync("tcp:" + await connection.ReadAsync(5)));
        await using var engine = new TestEngine();
        var listener = TestEngine.Listener(new FilterChainModel { ApplicationProtocols = ["http/1.1"], Http = new HttpModel { Routes = TestEngine.Routes(TestEngine.Route(TestEngine.Forward("web"))) } });
        engine.Publish(
            [
                listener with
                {
                    InspectHttp = true,
                    InspectTimeout = 300,
                    DefaultChain = Chain(new TcpModel { Clusters = [new WeightedClusterModel { Cluster = ClusterKey.Of("raw") }] }),
                },
            ],
            TestEngine.Cluster("web", web.Address),
            TestEngine.Cluster("raw", raw.Address));

        Assert.Equal("http", (await engine.GetAsync()).Body);
        using (var slow = await engine.ConnectAsync())
        {
            foreach (var letter in "GET / HTTP/1.1\r\nhost: test\r\n\r\n")
            {
                await slow.SendAsync(letter.ToString());
            }

            Assert.Equal("http", (await slow.ReadResponseAsync()).Body);
        }

        using (var other = await engine.ConnectAsync())
        {
            await other.SendAsync("\u0016hell");
            Assert.Equal("tcp:\u0016hell", await other.ReadToEndAsync());
        }

        // A silent client is taken for TCP when the time for looking is over.
        using var silent = await engine.ConnectAsync();
        await Testing.Eventually.HoldsAsync(() => raw.Connections == 2, "the connection is passed on", TestContext.Current.CancellationToken);
        await silent.SendAsync("hello");
        Assert.Equal("tcp:hello", await silent.ReadToEndAsync());
    }

    [Fact]
    public async Task A_connection_ends_when_it_is_too_old_whatever_it_does()
    {
        await using var upstream = new TestUpstream(async connection =>
        {
            await connection.SendAsync("hello");
            _ = await connection.ReadRequestAsync();
        });
        await using var engine = new TestEngine();
        var cluster = TestEngine.Cluster("app", upstream.Address);
        engine.Publish([TestEngine.Listener(Chain(new TcpModel { StatPrefix = "t", MaxDuration = 100, Clusters = [new WeightedClusterModel { Cluster = cluster.Key }] }))], cluster);
        using var client = await engine.ConnectAsync();

        Assert.StartsWith("hello", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(1, engine.Observer.Counts["tcp.t.max_downstream_connection_duration"]);
    }

    private static TestEngine Tcp(ClusterModel cluster)
    {
        var engine = new TestEngine();
        engine.Publish([TestEngine.Listener(Chain(new TcpModel { Clusters = [new WeightedClusterModel { Cluster = cluster.Key }] }))], cluster);
        return engine;
    }

    private static FilterChainModel Chain(TcpModel tcp) => new() { Tcp = tcp };
}
