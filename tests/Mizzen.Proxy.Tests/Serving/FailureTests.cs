using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>What a client sees, and what is recorded, when something between it and the application goes wrong.</summary>
public sealed class FailureTests
{
    private const string Before = "upstream connect error or disconnect/reset before headers. reset reason: ";

    [Fact]
    public async Task No_route_is_404_NR()
    {
        await using var engine = new TestEngine();
        engine.Publish(TestEngine.Routes(TestEngine.Route(prefix: "/known")));

        Assert.Equal((404, ""), await engine.GetAsync("/unknown") is var response ? (response.Status, response.Body) : default);
        Assert.Equal((ResponseFlags.NoRouteFound, "route_not_found"), await engine.OutcomeAsync() is var outcome ? (outcome.Flags, outcome.Details) : default);
    }

    [Fact]
    public async Task Routes_that_have_not_come_yet_are_404_NR()
    {
        await using var engine = new TestEngine();
        engine.Publish((RouteTable?)null);

        Assert.Equal(404, (await engine.GetAsync()).Status);
        Assert.Equal(ResponseFlags.NoRouteFound, (await engine.OutcomeAsync()).Flags);
    }

    [Fact]
    public async Task No_cluster_is_503_NC()
    {
        await using var engine = new TestEngine();
        engine.Publish(TestEngine.Routes(TestEngine.Route()));

        Assert.Equal(503, (await engine.GetAsync()).Status);
        Assert.Equal((ResponseFlags.NoClusterFound, "cluster_not_found"), await engine.OutcomeAsync() is var outcome ? (outcome.Flags, outcome.Details) : default);
    }

    [Fact]
    public async Task No_endpoint_is_503_UH()
    {
        await using var engine = TestEngine.Forwarding();

        Assert.Equal((503, "no healthy upstream"), await engine.GetAsync() is var response ? (response.Status, response.Body) : default);
        Assert.Equal((ResponseFlags.NoHealthyUpstream, "no_healthy_upstream"), await engine.OutcomeAsync() is var outcome ? (outcome.Flags, outcome.Details) : default);
    }

    [Fact]
    public async Task An_endpoint_that_refuses_is_503_UF()
    {
        await using var engine = TestEngine.Forwarding(TestUpstream.Nobody());

        var response = await engine.GetAsync();

        const string Reason = "remote connection failure, transport failure reason: delayed connect error: Connection refused";
        Assert.Equal((503, Before + Reason), (response.Status, response.Body));
        Assert.Equal("text/plain", response["content-type"]);
        var outcome = await engine.OutcomeAsync();
        Assert.Equal(ResponseFlags.UpstreamConnectionFailure, outcome.Flags);
        Assert.Equal("upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}", outcome.Details);
    }

    [Fact]
    public async Task An_endpoint_that_hangs_up_is_503_UC()
    {
        await using var upstream = new TestUpstream(async connection => _ = await connection.ReadRequestAsync());
        await using var engine = TestEngine.Forwarding(upstream.Address);

        Assert.Equal((503, Before + "connection termination"), await engine.GetAsync() is var response ? (response.Status, response.Body) : default);
        var outcome = await engine.OutcomeAsync();
        Assert.Equal(ResponseFlags.UpstreamConnectionTermination, outcome.Flags);
        Assert.Equal("upstream_reset_before_response_started{connection_termination}", outcome.Details);
    }

    [Fact]
    public async Task A_response_that_is_cut_short_stays_broken()
    {
        await using var upstream = new TestUpstream(async connection =>
        {
            _ = await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart");
        });
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var client = await engine.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
        var all = await client.ReadToEndAsync();

        Assert.EndsWith("\r\n\r\npart", all, StringComparison.Ordinal);
        var outcome = await engine.OutcomeAsync();
        Assert.Equal((200, ResponseFlags.UpstreamConnectionTermination), (outcome.Status, outcome.Flags));
        Assert.Equal("upstream_reset_after_response_started{connection_termination}", outcome.Details);
    }

    [Fact]
    public async Task An_answer_that_does_not_come_in_time_is_504_UT()
    {
        await using var upstream = new TestUpstream(async connection =>
        {
            _ = await connection.ReadRequestAsync();
            _ = await connection.ReadSomeAsync();
        });
        await using var engine = new TestEngine();
        engine.Publish(TestEngine.Routes(TestEngine.Route(TestEngine.Forward() with { Timeout = 100 })), TestEngine.Cluster("app", upstream.Address));

        Assert.Equal((504, "upstream request timeout"), await engine.GetAsync() is var response ? (response.Status, response.Body) : default);
        Assert.Equal((ResponseFlags.UpstreamRequestTimeout, "response_timeout"), await engine.OutcomeAsync() is var outcome ? (outcome.Flags, outcome.Details) : default);
        Assert.Contains("x-envoy-expected-rq-timeout-ms: 100\r\n", Assert.Single(upstream.Heads), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_without_progress_is_ended_SI()
    {
        await using var upstream = new TestUpstream(async connection =>
        {
            _ = await connection.ReadRequestAsync();
            _ = await connection.ReadSomeAsync();
        });
        await using var engine = new TestEngine();
        engine.Publish(
            new HttpModel { Routes = TestEngine.Routes(TestEngine.Route()), StreamIdleTimeout = 100 }, TestEngine.Cluster("app", upstream.Address));

        Assert.Equal((504, "stream timeout"), await engine.GetAsync() is var response ? (response.Status, response.Body) : default);
        Assert.Equal(ResponseFlags.StreamIdleTimeout, (await engine.OutcomeAsync()).Flags);
    }

    [Fact]
    public async Task A_client_that_leaves_takes_its_upstream_request_along()
    {
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = new TestUpstream(async connection =>
        {
            _ = await connection.ReadRequestAsync();
            ended.SetResult(await connection.ReadSomeAsync());
        });
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using (var client = await engine.ConnectAsync())
        {
            await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
            await Eventually.HoldsAsync(() => !upstream.Heads.IsEmpty, "the request arrives", TestContext.Current.CancellationToken);
        }

        Assert.Equal("", await ended.Task);
        var outcome = await engine.OutcomeAsync();
        Assert.Equal((0, ResponseFlags.DownstreamConnectionTermination, "downstream_remote_disconnect"), (outcome.Status, outcome.Flags, outcome.Details));
        Assert.Equal(0, await engine.Engine.ActiveAsync());
    }

    [Fact]
    public async Task A_client_that_leaves_in_its_body_takes_its_upstream_request_along()
    {
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = new TestUpstream(async connection =>
        {
            _ = await connection.ReadHeadAsync();
            _ = await connection.ReadAsync(4);
            ended.SetResult(await connection.ReadSomeAsync());
        });
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using (var client = await engine.ConnectAsync())
        {
            await client.SendAsync("POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\nsome");
            await Eventually.HoldsAsync(() => !upstream.Heads.IsEmpty, "the request arrives", TestContext.Current.CancellationToken);
            client.Reset();
        }

        Assert.Equal("", await ended.Task);
        Assert.Equal(ResponseFlags.DownstreamConnectionTermination, (await engine.OutcomeAsync()).Flags);
    }

    [Fact]
    public async Task A_kept_connection_that_closes_under_a_request_costs_nothing()
    {
        var connections = 0;
        await using var upstream = new TestUpstream(async connection =>
        {
            var first = Interlocked.Increment(ref connections) == 1;
            while (await connection.ReadRequestAsync() is not null)
            {
                await connection.SendAsync(TestUpstream.Ok("ok"));
                if (first)
                {
                    // The next request on this connection gets the end instead of an answer.
                    _ = await connection.ReadRequestAsync();
                    return;
                }
            }
        });
        await using var engine = TestEngine.Forwarding(upstream.Address);

        Assert.Equal(200, (await engine.GetAsync("/1")).Status);
        Assert.Equal(200, (await engine.GetAsync("/2")).Status);

        Assert.Equal(2, upstream.Connections);
        _ = await engine.OutcomeAsync();
        Assert.Equal(1, (await engine.OutcomeAsync()).Attempts);
    }
}
