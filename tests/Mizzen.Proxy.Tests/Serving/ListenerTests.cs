using System.Net;
using System.Net.Sockets;
using Mizzen.Proxy.Admin;
using Mizzen.Proxy.Runtime;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>Listeners as snapshots come and go.</summary>
public sealed class ListenerTests
{
    [Fact]
    public async Task No_request_fails_while_snapshots_change()
    {
        await using var first = TestUpstream.Answering((_, _) => TestUpstream.Ok("v1"));
        await using var second = TestUpstream.Answering((_, _) => TestUpstream.Ok("v2"));
        await using var engine = new TestEngine(loops: 2);
        engine.Publish(TestEngine.Routes(TestEngine.Route(TestEngine.Forward("a"))), TestEngine.Cluster("a", first.Address));
        var address = engine.Address;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();
        var clients = Enumerable.Range(0, 8).Select(async number =>
        {
            while (!stop.IsCancellationRequested)
            {
                using var client = await RawClient.ConnectAsync(address);
                for (var i = 0; i < 20; i++)
                {
                    await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
                    var response = await client.ReadResponseAsync();
                    Assert.Equal(200, response.Status);
                    seen.AddOrUpdate(response.Body, 1, static (_, count) => count + 1);
                }
            }
        }).ToArray();

        for (var i = 0; i < 60; i++)
        {
            // Other routes, other endpoints, other cluster names, and another listener beside it.
            var name = i % 2 == 0 ? "a" : "b";
            var other = TestEngine.Listener(new FilterChainModel { Http = new HttpModel() }, "other");
            var main = TestEngine.Listener(new FilterChainModel { Http = new HttpModel { Routes = TestEngine.Routes(TestEngine.Route(TestEngine.Forward(name))) } });
            engine.Publish(i % 3 == 0 ? [main, other] : [main], TestEngine.Cluster(name, i % 4 < 2 ? first.Address : second.Address));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        await stop.CancelAsync();
        await Task.WhenAll(clients);
        Assert.Equal(["v1", "v2"], seen.Keys.Order());
        Assert.Equal(address, engine.Address);
    }

    [Fact]
    public async Task A_kept_connection_uses_the_routes_that_are_there_when_its_request_comes()
    {
        await using var engine = new TestEngine();
        engine.Publish(TestEngine.Routes(TestEngine.Route(new RouteActionModel.Direct(200, "old"u8.ToArray()))));
        using var client = await engine.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
        Assert.Equal("old", (await client.ReadResponseAsync()).Body);

        engine.Publish(TestEngine.Routes(TestEngine.Route(new RouteActionModel.Direct(200, "new"u8.ToArray()))));
        await engine.SettleAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");

        Assert.Equal("new", (await client.ReadResponseAsync()).Body);
    }

    [Fact]
    public async Task A_listener_that_goes_lets_its_requests_finish()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = new TestUpstream(async connection =>
        {
            _ = await connection.ReadRequestAsync();
            await release.Task;
            await connection.SendAsync(TestUpstream.Ok("late"));
        });
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var busy = await engine.ConnectAsync();
        using var idle = await engine.ConnectAsync();
        var address = engine.Address;
        await busy.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
        await Eventually.HoldsAsync(() => !upstream.Heads.IsEmpty, "the request arrives", TestContext.Current.CancellationToken);

        engine.Publish([], TestEngine.Cluster("app", upstream.Address));

        Assert.Equal("", await idle.ReadToEndAsync());
        release.SetResult();
        var response = await busy.ReadResponseAsync();
        Assert.Equal(("late", "close"), (response.Body, response["connection"]));
        await Assert.ThrowsAsync<SocketException>(() => RawClient.ConnectAsync(address));
    }

    [Fact]
    public async Task A_port_in_use_is_named_and_the_rest_is_served()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        var taken = (IPEndPoint)other.LocalEndPoint!;
        await using var engine = new TestEngine();
        var chain = new FilterChainModel { Http = new HttpModel { Routes = TestEngine.Routes(TestEngine.Route(new RouteActionModel.Direct(200, "ok"u8.ToArray()))) } };
        var snapshot = new ProxySnapshot(
            1, [TestEngine.Listener(chain), TestEngine.Listener(chain, "taken") with { Address = taken }], [], isComplete: true);

        engine.Engine.Publish(snapshot);

        Assert.Equal($"cannot listen on {taken}: Address already in use", Assert.Single(engine.Engine.ListenerFailures, pair => pair.Key == "taken").Value);
        Assert.False(engine.Engine.IsReady);
        Assert.Equal("ok", (await engine.GetAsync()).Body);

        other.Dispose();
        engine.Engine.Publish(snapshot);
        Assert.True(engine.Engine.IsReady);
        Assert.Equal(taken, engine.Engine.AddressOf("taken"));
    }

    [Fact]
    public async Task A_captured_connection_goes_to_the_listener_of_its_destination()
    {
        // Nothing redirects here, so the original destination of a connection is the address that it was made to.
        await using var engine = new TestEngine();
        static FilterChainModel Answer(string text) =>
            new() { Http = new HttpModel { Routes = TestEngine.Routes(TestEngine.Route(new RouteActionModel.Direct(200, System.Text.Encoding.ASCII.GetBytes(text)))) } };
        var capture = TestEngine.Listener(Answer("catch-all")) with { UseOriginalDestination = true };
        engine.Publish([capture]);
        await engine.SettleAsync();
        Assert.Equal("catch-all", (await engine.GetAsync()).Body);

        var port = engine.Address.Port;
        var any = TestEngine.Listener(Answer("any address"), "0.0.0.0_x") with { Address = new IPEndPoint(IPAddress.Any, port), BindToPort = false };
        engine.Publish([capture, any]);
        await engine.SettleAsync();
        Assert.Equal("any address", (await engine.GetAsync()).Body);

        var exact = TestEngine.Listener(Answer("exact address"), "127.0.0.1_x") with { Address = new IPEndPoint(IPAddress.Loopback, port), BindToPort = false };
        engine.Publish([capture, any, exact]);
        await engine.SettleAsync();
        Assert.Equal("exact address", (await engine.GetAsync()).Body);

        engine.Publish([capture with { Direction = TrafficDirection.Inbound }, any, exact]);
        await engine.SettleAsync();
        Assert.Equal("catch-all", (await engine.GetAsync()).Body);
    }

    [Fact]
    public async Task An_original_destination_cluster_connects_to_where_the_client_wanted()
    {
        // The client's destination is the listener itself, whose second chain answers connections from the source address of the cluster.
        await using var upstream = TestUpstream.Answering((_, _) => TestUpstream.Ok("passed through"));
        await using var engine = new TestEngine();
        var cluster = TestEngine.Cluster("PassthroughCluster") with
        {
            Discovery = DiscoveryKind.OriginalDestination,
            OriginalDestinationPort = upstream.Address.Port,
            SourceAddress = IPAddress.Parse("127.0.0.6"),
        };
        engine.Publish(TestEngine.Routes(TestEngine.Route(TestEngine.Forward("PassthroughCluster"))), cluster);

        Assert.Equal("passed through", (await engine.GetAsync()).Body);
        Assert.Equal("passed through", (await engine.GetAsync()).Body);
    }

    [Fact]
    public async Task Draining_closes_politely_and_waits()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = new TestUpstream(async connection =>
        {
            _ = await connection.ReadRequestAsync();
            await release.Task;
            await connection.SendAsync(TestUpstream.Ok("done"));
        });
        await using var engine = TestEngine.Forwarding(upstream.Address);
        using var idle = await engine.ConnectAsync();
        using var busy = await engine.ConnectAsync();
        await busy.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
        await Eventually.HoldsAsync(() => !upstream.Heads.IsEmpty, "the request arrives", TestContext.Current.CancellationToken);

        var draining = engine.Engine.DrainAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("", await idle.ReadToEndAsync());
        Assert.False(draining.IsCompleted);
        release.SetResult();

        Assert.Equal("close", (await busy.ReadResponseAsync())["connection"]);
        await draining;
    }

    [Fact]
    public async Task Admin_handlers_are_served_beside_the_traffic()
    {
        await using var engine = new TestEngine();
        var address = engine.Engine.ServeAdmin(new IPEndPoint(IPAddress.Loopback, 0), new Echo());
        using var client = await RawClient.ConnectAsync(address);
        for (var i = 0; i < 2; i++)
        {
            await client.SendAsync("POST /quitquitquit?x=1 HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n");
            var response = await client.ReadResponseAsync();
            Assert.Equal((200, "POST /quitquitquit?x=1", "text/plain"), (response.Status, response.Body, response["content-type"]));
        }
    }

    private sealed class Echo : IAdminHandler
    {
        public AdminResponse Answer(string method, string target) =>
            new(200, "text/plain", System.Text.Encoding.ASCII.GetBytes($"{method} {target}"));
    }
}
