using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>Clients that send or take their bytes too slowly, and connections that outstay their listener.</summary>
public sealed class SlowClientTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_head_that_takes_too_long_is_answered_counted_and_logged()
    {
        await using var engine = new TestEngine();
        engine.Publish(new HttpModel { StatPrefix = "slow", HeadTimeout = 50, Routes = TestEngine.Routes(TestEngine.Route()) });
        using var client = await engine.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nhost: te");

        Assert.Equal(408, (await client.ReadResponseAsync()).Status);
        Assert.Equal("", await client.ReadToEndAsync());
        var outcome = await engine.OutcomeAsync();
        Assert.Equal((408, ResponseFlags.None, "request_header_timeout"), (outcome.Status, outcome.Flags, outcome.Details));
        Assert.Equal(1, engine.Observer.Counts["http.slow.downstream_rq_header_timeout"]);
    }

    [Fact]
    public async Task A_request_that_takes_too_long_is_answered_counted_and_logged()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("late"));
        await using var engine = new TestEngine();
        engine.Publish(
            new HttpModel { StatPrefix = "slow", RequestTimeout = 50, Routes = TestEngine.Routes(TestEngine.Route()) },
            TestEngine.Cluster("app", upstream.Address));
        Assert.Equal("late", (await engine.GetAsync()).Body);
        using var client = await engine.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 10\r\n\r\nhalf");

        var response = await client.ReadResponseAsync();
        Assert.Equal((408, "request timeout"), (response.Status, response.Body));
        _ = await engine.OutcomeAsync();
        Assert.Equal("request_overall_timeout", (await engine.OutcomeAsync()).Details);
        Assert.Equal(1, engine.Observer.Counts["http.slow.downstream_rq_timeout"]);
    }

    [Fact]
    public async Task A_client_that_takes_nothing_of_its_response_holds_little_memory_and_is_cut_off()
    {
        const int Much = 64 * 1024 * 1024;
        var sent = 0L;
        await using var upstream = new TestUpstream(async connection =>
        {
            _ = await connection.ReadRequestAsync();
            await connection.SendAsync($"HTTP/1.1 200 OK\r\ncontent-length: {Much}\r\n\r\n");
            var piece = new string('x', 64 * 1024);
            for (; sent < Much; sent += piece.Length)
            {
                await connection.SendAsync(piece);
            }
        });
        await using var engine = new TestEngine();
        engine.Publish(
            new HttpModel { StreamIdleTimeout = 300, Routes = TestEngine.Routes(TestEngine.Route()) }, TestEngine.Cluster("app", upstream.Address));
        using var client = await engine.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");

        var outcome = await engine.OutcomeAsync();
        Assert.Equal((200, ResponseFlags.StreamIdleTimeout, "stream_idle_timeout"), (outcome.Status, outcome.Flags, outcome.Details));
        // What is on its way stands in the kernel's buffers and in ours, which are small.
        Assert.InRange(Interlocked.Read(ref sent), 1, Much / 2);
        await Eventually.HoldsAsync(() => engine.Overload.Connections == 0, "the connection is gone", Cancellation);
    }

    [Fact]
    public async Task What_has_not_ended_within_the_drain_time_of_its_listener_is_cut_off()
    {
        await using var upstream = new TestUpstream(async connection =>
        {
            _ = await connection.ReadSomeAsync();
            await Task.Delay(Timeout.Infinite, connection.Cancellation);
        });
        await using var engine = new TestEngine(drainTime: TimeSpan.FromMilliseconds(100));
        var http = TestEngine.Listener(new FilterChainModel { Http = new HttpModel { Routes = TestEngine.Routes(TestEngine.Route()) } });
        var tcp = TestEngine.Listener(new FilterChainModel { Tcp = new TcpModel { Clusters = [new WeightedClusterModel { Cluster = ClusterKey.Of("app") }] } }, "tcp");
        engine.Publish([http, tcp], TestEngine.Cluster("app", upstream.Address));
        using var request = await RawClient.ConnectAsync(engine.Engine.AddressOf("main")!);
        using var session = await RawClient.ConnectAsync(engine.Engine.AddressOf("tcp")!);
        await request.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
        await session.SendAsync("hello");
        await Eventually.HoldsAsync(() => upstream.Connections == 2, "both have arrived", Cancellation);

        engine.Publish([], TestEngine.Cluster("app", upstream.Address));

        Assert.Equal("", await request.ReadToEndAsync());
        Assert.Equal("", await session.ReadToEndAsync());
        await Eventually.HoldsAsync(() => engine.Overload.Connections == 0, "both are gone", Cancellation);
    }
}
