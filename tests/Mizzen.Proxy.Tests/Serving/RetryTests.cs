using System.Diagnostics.CodeAnalysis;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>Retries: on what, how often, to whom, with which body.</summary>
public sealed class RetryTests
{
    private static readonly RetryModel OnServerErrors = new() { On = RetryOn.ServerError, Count = 3, BackOffBase = 1 };

    [Fact]
    public async Task A_server_error_is_tried_again_until_it_heals()
    {
        var requests = 0;
        await using var upstream = TestUpstream.Answering((_, _) => ++requests < 3 ? "HTTP/1.1 500 Oops\r\ncontent-length: 4\r\n\r\noops" : TestUpstream.Ok("healed"));
        await using var engine = With(OnServerErrors, upstream);

        Assert.Equal((200, "healed"), await engine.GetAsync() is var response ? (response.Status, response.Body) : default);
        Assert.Equal((3, ResponseFlags.None), await engine.OutcomeAsync() is var outcome ? (outcome.Attempts, outcome.Flags) : default);
        Assert.Equal(["1", "2", "3"], upstream.Heads.Select(head => Field(head, "x-envoy-attempt-count")));
    }

    [Fact]
    public async Task The_last_answer_is_passed_on_when_retries_are_used_up()
    {
        await using var upstream = TestUpstream.Answering((_, _) => "HTTP/1.1 503 No\r\ncontent-length: 2\r\n\r\nno");
        await using var engine = With(OnServerErrors, upstream);

        Assert.Equal((503, "no"), await engine.GetAsync() is var response ? (response.Status, response.Body) : default);
        Assert.Equal((4, ResponseFlags.UpstreamRetryLimitExceeded), await engine.OutcomeAsync() is var outcome ? (outcome.Attempts, outcome.Flags) : default);
    }

    [Theory]
    [InlineData("gateway errors only", RetryOn.GatewayError, 500, 1)]
    [InlineData("a gateway error", RetryOn.GatewayError, 502, 2)]
    [InlineData("a conflict", RetryOn.Retriable4xx, 409, 2)]
    [InlineData("another 4xx", RetryOn.Retriable4xx, 404, 1)]
    [InlineData("a listed status", RetryOn.RetriableStatusCodes, 418, 2)]
    [InlineData("a status that is not listed", RetryOn.RetriableStatusCodes, 500, 1)]
    [InlineData("connect failures only", RetryOn.ConnectFailure, 503, 1)]
    public async Task Only_what_the_policy_names_is_tried_again(string what, int on, int status, int attempts)
    {
        await using var upstream = TestUpstream.Answering((_, _) => $"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
        await using var engine = With(new RetryModel { On = (RetryOn)on, Count = 1, StatusCodes = [418], BackOffBase = 1 }, upstream);

        Assert.Equal(status, (await engine.GetAsync()).Status);
        Assert.Equal((what, attempts), (what, (await engine.OutcomeAsync()).Attempts));
    }

    [Fact]
    public async Task A_refused_connection_is_tried_at_another_endpoint()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = new TestEngine();
        var retry = new RetryModel { On = RetryOn.ConnectFailure, Count = 2, AvoidPreviousHosts = true, HostSelectionAttempts = 5, BackOffBase = 1 };
        engine.Publish(
            TestEngine.Routes(TestEngine.Route(TestEngine.Forward() with { Retry = retry })), TestEngine.Cluster("app", TestUpstream.Nobody(), upstream.Address));

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(200, (await engine.GetAsync()).Status);
        }
    }

    [Fact]
    public async Task A_reset_is_tried_again_with_the_same_body()
    {
        var requests = 0;
        await using var upstream = new TestUpstream(async connection =>
        {
            while (await connection.ReadRequestAsync() is { } request)
            {
                if (Interlocked.Increment(ref requests) == 1)
                {
                    connection.Reset();
                    return;
                }

                await connection.SendAsync(TestUpstream.Ok(request.Body));
            }
        });
        await using var engine = With(new RetryModel { On = RetryOn.Reset, Count = 1, BackOffBase = 1 }, upstream);
        using var client = await engine.ConnectAsync();
        var body = string.Concat(Enumerable.Range(0, 20_000).Select(i => (char)('a' + (i % 26))));

        await client.SendAsync($"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: {body.Length}\r\n\r\n{body}");
        Assert.Equal(body, (await client.ReadResponseAsync()).Body);
        await client.SendAsync("POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
        Assert.Equal("abc", (await client.ReadResponseAsync()).Body);
        Assert.Equal(2, (await engine.OutcomeAsync()).Attempts);
    }

    [Fact]
    public async Task A_body_that_is_too_large_to_keep_is_not_sent_again()
    {
        await using var upstream = TestUpstream.Answering((_, _) => "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n");
        await using var engine = With(OnServerErrors, upstream);
        using var client = await engine.ConnectAsync();

        await client.SendAsync($"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 1500000\r\n\r\n{new string('x', 1_500_000)}");

        Assert.Equal(500, (await client.ReadResponseAsync()).Status);
        Assert.Equal(1, (await engine.OutcomeAsync()).Attempts);
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_is_tried_again()
    {
        var connections = 0;
        await using var upstream = new TestUpstream(async connection =>
        {
            var first = Interlocked.Increment(ref connections) == 1;
            _ = await connection.ReadRequestAsync();
            _ = first ? await connection.ReadSomeAsync() : null;
            await connection.SendAsync(TestUpstream.Ok("second"));
        });
        await using var engine = With(new RetryModel { On = RetryOn.ServerError, Count = 1, PerTryTimeout = 200, BackOffBase = 1 }, upstream);

        Assert.Equal("second", (await engine.GetAsync()).Body);
        Assert.Equal(2, (await engine.OutcomeAsync()).Attempts);
    }

    [Fact]
    public async Task The_last_attempt_that_takes_too_long_is_504()
    {
        await using var upstream = new TestUpstream(async connection =>
        {
            _ = await connection.ReadRequestAsync();
            _ = await connection.ReadSomeAsync();
        });
        await using var engine = With(new RetryModel { On = RetryOn.ServerError, Count = 1, PerTryTimeout = 50, BackOffBase = 1 }, upstream);

        Assert.Equal((504, "upstream request timeout"), await engine.GetAsync() is var response ? (response.Status, response.Body) : default);
        var outcome = await engine.OutcomeAsync();
        Assert.Equal(
            (2, ResponseFlags.UpstreamRequestTimeout | ResponseFlags.UpstreamRetryLimitExceeded, "upstream_per_try_timeout"),
            (outcome.Attempts, outcome.Flags, outcome.Details));
    }

    [Fact]
    public async Task The_routes_timeout_ends_all_attempts()
    {
        await using var upstream = TestUpstream.Answering((_, _) => "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n");
        await using var engine = new TestEngine();
        var retry = new RetryModel { On = RetryOn.ServerError, Count = 1000, BackOffBase = 40, BackOffMax = 80 };
        engine.Publish(
            TestEngine.Routes(TestEngine.Route(TestEngine.Forward() with { Timeout = 300, Retry = retry })), TestEngine.Cluster("app", upstream.Address));

        Assert.Equal(504, (await engine.GetAsync()).Status);
        Assert.InRange((await engine.OutcomeAsync()).Attempts, 2, 100);
    }

    [Fact]
    public async Task An_endpoint_that_names_a_time_is_left_alone_until_then()
    {
        var requests = 0;
        await using var upstream = TestUpstream.Answering((_, _) => ++requests == 1
            ? "HTTP/1.1 503 Busy\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n"
            : TestUpstream.Ok("rested"));
        await using var engine = With(OnServerErrors with { ResetFields = [new RetryResetField("retry-after"u8.ToArray(), false)] }, upstream);
        var start = TimeProvider.System.GetTimestamp();

        Assert.Equal("rested", (await engine.GetAsync()).Body);
        Assert.True(TimeProvider.System.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(990));
    }

    [Fact]
    public async Task A_budget_without_room_allows_no_retry()
    {
        await using var upstream = TestUpstream.Answering((_, _) => "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n");
        await using var engine = new TestEngine();
        var limits = CircuitLimits.None with { Budget = new RetryBudget(0, 0) };
        engine.Publish(
            TestEngine.Routes(TestEngine.Route(TestEngine.Forward() with { Retry = OnServerErrors })),
            TestEngine.Cluster("app", upstream.Address) with { Limits = limits });
        Assert.Equal(500, (await engine.GetAsync()).Status);
        Assert.Equal((1, ResponseFlags.UpstreamOverflow), await engine.OutcomeAsync() is var first ? (first.Attempts, first.Flags) : default);

        engine.Publish(
            TestEngine.Routes(TestEngine.Route(TestEngine.Forward() with { Retry = OnServerErrors })),
            TestEngine.Cluster("app", upstream.Address) with { Limits = limits with { Budget = new RetryBudget(100, 0) } });
        await engine.SettleAsync();
        Assert.Equal(500, (await engine.GetAsync()).Status);
        Assert.Equal(4, (await engine.OutcomeAsync()).Attempts);
    }

    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "The caller disposes it.")]
    private static TestEngine With(RetryModel retry, TestUpstream upstream)
    {
        var engine = new TestEngine();
        engine.Publish(TestEngine.Routes(TestEngine.Route(TestEngine.Forward() with { Retry = retry })), TestEngine.Cluster("app", upstream.Address));
        return engine;
    }

    private static string Field(string head, string name) =>
        head.Split("\r\n").Single(line => line.StartsWith(name + ": ", StringComparison.Ordinal))[(name.Length + 2)..];
}
