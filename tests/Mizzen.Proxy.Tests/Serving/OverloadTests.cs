using System.Collections.Concurrent;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Overload;
using Mizzen.Proxy.Runtime;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>More connections, more requests or less memory than the process may have.</summary>
public sealed class OverloadTests
{
    private const string Get = "GET / HTTP/1.1\r\nhost: test\r\n\r\n";

    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    private static HttpModel Answering => new() { Routes = TestEngine.Routes(TestEngine.Route(new RouteActionModel.Direct(200, "ok"u8.ToArray()))) };

    [Fact]
    public async Task Connections_beyond_the_processes_limit_are_closed_and_counted_until_others_leave()
    {
        await using var engine = new TestEngine(loops: 2, overload: new OverloadState(maxConnections: 2));
        engine.Publish(Answering);
        using var first = await engine.ConnectAsync();
        using var second = await engine.ConnectAsync();
        foreach (var client in new[] { first, second })
        {
            await client.SendAsync(Get);
            Assert.Equal(200, (await client.ReadResponseAsync()).Status);
        }

        await IsRefusedAsync(engine);
        Assert.Equal(1, engine.Observer.Counts["listener.127.0.0.1_0.downstream_global_cx_overflow"]);
        Assert.Equal((2, 1), (engine.Overload.Connections, engine.Overload.Refused));

        first.Dispose();
        await Eventually.HoldsAsync(() => engine.Overload.Connections == 1, "a place is free", Cancellation);
        Assert.Equal(200, (await engine.GetAsync()).Status);
        Assert.Equal(3, engine.Observer.Counts["listener.127.0.0.1_0.downstream_cx_total"]);
    }

    [Fact]
    public async Task Every_way_in_which_a_connection_ends_gives_its_place_back()
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("up"));
        await using var engine = new TestEngine();
        var tcp = new TcpModel { Clusters = [new WeightedClusterModel { Cluster = ClusterKey.Of("app") }] };
        var inspecting = TestEngine.Listener(new FilterChainModel { ServerNames = ["only.this"], Tcp = tcp }, "inspecting") with { InspectTls = true };
        engine.Publish(
            [TestEngine.Listener(new FilterChainModel { Http = Answering }), TestEngine.Listener(new FilterChainModel { Tcp = tcp }, "tcp"), inspecting],
            TestEngine.Cluster("app", upstream.Address));

        foreach (var (name, bytes) in new[] { ("main", Get), ("main", ""), ("main", "nonsense\r\n\r\n"), ("tcp", Get), ("tcp", ""), ("inspecting", ""), ("inspecting", "no hello") })
        {
            using var client = await RawClient.ConnectAsync(engine.Engine.AddressOf(name)!);
            await client.SendAsync(bytes);
            await Eventually.HoldsAsync(
                () => engine.Observer.Counts.Where(pair => pair.Key.EndsWith("downstream_cx_total", StringComparison.Ordinal) && pair.Key.StartsWith("listener", StringComparison.Ordinal)).Sum(pair => pair.Value) > 0,
                "it is accepted",
                Cancellation);
            engine.Observer.Counts.Clear();
        }

        await Eventually.HoldsAsync(() => engine.Overload.Connections == 0, () => $"all are gone, but {engine.Overload.Connections} are not", Cancellation);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_filter_chain_may_have_a_limit_of_its_own_which_outlives_the_configuration(bool isHttp)
    {
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("ok"));
        await using var engine = new TestEngine(loops: 2);
        var cap = new ConnectionCapModel($"cap{isHttp}", 1, ConnectionCount.Of($"test/{isHttp}"));
        var chain = isHttp
            ? new FilterChainModel { Http = Answering, Filters = [cap] }
            : new FilterChainModel { Tcp = new TcpModel { Clusters = [new WeightedClusterModel { Cluster = ClusterKey.Of("app") }], Filters = [cap] } };
        engine.Publish([TestEngine.Listener(chain)], TestEngine.Cluster("app", upstream.Address));
        using var first = await engine.ConnectAsync();
        await first.SendAsync(Get);
        Assert.Equal("ok", (await first.ReadResponseAsync()).Body);

        await IsRefusedAsync(engine);
        engine.Publish([TestEngine.Listener(chain)], TestEngine.Cluster("app", upstream.Address));
        await engine.SettleAsync();
        await IsRefusedAsync(engine);
        Assert.Equal((2, 1), (engine.Observer.Counts[$"connection_limit.cap{isHttp}.limited_connections"], engine.Observer.Counts[$"connection_limit.cap{isHttp}.active_connections"]));

        first.Dispose();
        await Eventually.HoldsAsync(() => engine.Observer.Counts[$"connection_limit.cap{isHttp}.active_connections"] == 0, "the first is gone", Cancellation);
        Assert.Equal("ok", (await engine.GetAsync()).Body);
    }

    [Fact]
    public async Task Requests_are_refused_while_memory_is_short()
    {
        await using var engine = new TestEngine();
        engine.Publish(Answering);
        using var client = await engine.ConnectAsync();
        engine.Overload.RefusesRequests = true;
        await client.SendAsync(Get);
        var refusal = await client.ReadResponseAsync();
        Assert.Equal((503, "envoy overloaded", "true"), (refusal.Status, refusal.Body, refusal["x-envoy-overloaded"]));
        var outcome = await engine.OutcomeAsync();
        Assert.Equal((ResponseFlags.OverloadManager, "overload"), (outcome.Flags, outcome.Details));

        engine.Overload.RefusesRequests = false;
        engine.Overload.DisablesKeepAlive = true;
        await client.SendAsync(Get);
        Assert.Equal("close", (await client.ReadResponseAsync())["connection"]);
    }

    [Fact]
    public async Task Connections_wait_or_are_turned_away_while_memory_is_short()
    {
        await using var engine = new TestEngine();
        engine.Publish(Answering);
        engine.Overload.HoldsConnections = true;
        using var waiting = await engine.ConnectAsync();
        await waiting.SendAsync(Get);
        await engine.SettleAsync();
        Assert.Equal(0, engine.Overload.Connections);
        engine.Overload.HoldsConnections = false;
        Assert.Equal(200, (await waiting.ReadResponseAsync()).Status);

        engine.Overload.RejectsConnections = true;
        await IsRefusedAsync(engine);
        Assert.Equal(1, engine.Observer.Counts["listener.127.0.0.1_0.downstream_cx_overload_reject"]);
    }

    [Fact]
    public async Task Actions_begin_and_end_with_the_memory_and_are_logged_and_shown()
    {
        var used = 10L;
        var gauges = new ConcurrentDictionary<string, long>();
        var lines = new ConcurrentQueue<string>();
        var state = new OverloadState(5);
        var model = new OverloadModel
        {
            RefreshInterval = TimeSpan.FromMilliseconds(5),
            MaxHeapBytes = 100,
            MaxConnections = 5,
            Triggers = [new OverloadTrigger(OverloadAction.StopAcceptingRequests, 0.9), new OverloadTrigger(OverloadAction.StopAcceptingConnections, 0.95)],
        };
        using var watch = new OverloadWatch(
            model, state, () => Interlocked.Read(ref used), (key, value) => gauges[key.Name] = value, TimeProvider.System, new LogOutput(LogLevel.Debug, TimeProvider.System, lines.Enqueue).For("overload"));

        Interlocked.Exchange(ref used, 92);
        await Eventually.HoldsAsync(() => state is { RefusesRequests: true, HoldsConnections: false }, "requests are refused", Cancellation);
        Interlocked.Exchange(ref used, 95);
        await Eventually.HoldsAsync(() => state is { RefusesRequests: true, HoldsConnections: true }, "connections wait", Cancellation);
        Interlocked.Exchange(ref used, 20);
        await Eventually.HoldsAsync(() => state is { RefusesRequests: false, HoldsConnections: false }, "it is over", Cancellation);
        state.Refuse();
        await Eventually.HoldsAsync(() => lines.Any(line => line.Contains("1 connections refused: 0 are open, the limit is 5", StringComparison.Ordinal)), "refusals are told", Cancellation);

        Assert.Contains(lines, line => line.Contains("overload: envoy.overload_actions.stop_accepting_requests begins: 92 bytes in use", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("overload: envoy.overload_actions.stop_accepting_connections ends: 20 bytes in use", StringComparison.Ordinal));
        Assert.Equal((20, 0), (gauges["overload.envoy.resource_monitors.fixed_heap.pressure"], gauges["overload.envoy.overload_actions.stop_accepting_requests.active"]));
    }

    private static async Task IsRefusedAsync(TestEngine engine)
    {
        try
        {
            using var client = await engine.ConnectAsync();
            Assert.Equal("", await client.ReadToEndAsync());
        }
        catch (System.Net.Sockets.SocketException error) when (error.SocketErrorCode == System.Net.Sockets.SocketError.ConnectionReset)
        {
            // Turned away before the connect was reported as done.
        }
    }
}
