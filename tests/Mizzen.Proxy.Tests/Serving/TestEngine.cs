using System.Net;
using System.Text;
using Mizzen.Proxy.Filters;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Overload;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Serving;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>An engine on loopback with one listener, and the models that tests put in.</summary>
internal sealed class TestEngine : IAsyncDisposable
{
    private long _generation;

    public TestEngine(int loops = 1, PeerIdentity? identity = null, OverloadState? overload = null, TimeSpan? drainTime = null)
    {
        Overload = overload ?? new OverloadState();
        Engine = new Engine(new EngineOptions
        {
            Loops = loops,
            Observer = _ => Observer,
            Log = LogOutput.Silent.For("test"),
            Identity = identity ?? PeerIdentity.None,
            Overload = Overload,
            DrainTime = drainTime ?? TimeSpan.FromMinutes(10),
            Mark = 0,
        });
        Engine.Start();
    }

    public Engine Engine { get; }

    /// <summary>What the engine has taken on.</summary>
    public OverloadState Overload { get; }

    public RecordingObserver Observer { get; } = new();

    public IPEndPoint Address => Engine.AddressOf("main")!;

    /// <summary>An engine that forwards everything to one cluster.</summary>
    public static TestEngine Forwarding(params IPEndPoint[] endpoints)
    {
        var engine = new TestEngine();
        engine.Publish(Routes(Route()), Cluster("app", endpoints));
        return engine;
    }

    public static RouteModel Route(RouteActionModel? action = null, string prefix = "/") => new()
    {
        Match = new RouteMatchModel { Path = Encoding.ASCII.GetBytes(prefix) },
        Action = action ?? Forward(),
    };

    public static RouteActionModel.Forward Forward(params string[] clusters) => new()
    {
        Clusters = [.. clusters.DefaultIfEmpty("app").Select(cluster => new WeightedClusterModel { Cluster = ClusterKey.Of(cluster) })],
    };

    public static RouteTable Routes(params RouteModel[] routes) => new()
    {
        Name = "test",
        Any = new VirtualHostModel { Name = "all", Routes = routes, IncludeAttemptCount = true },
    };

    public static ClusterModel Cluster(string name, params IPEndPoint[] endpoints) => new()
    {
        Key = ClusterKey.Of(name),
        Endpoints = [.. endpoints.Select(address => new EndpointModel { Address = address })],
    };

    public static ListenerModel Listener(FilterChainModel chain, string name = "main") => new()
    {
        Name = name,
        Address = new IPEndPoint(IPAddress.Loopback, 0),
        Direction = TrafficDirection.Outbound,
        Chains = [chain],
    };

    public void Publish(RouteTable? routes, params ClusterModel[] clusters) => Publish(new HttpModel { Routes = routes }, clusters);

    public void Publish(HttpModel http, params ClusterModel[] clusters) =>
        Publish([Listener(new FilterChainModel { Http = http })], clusters);

    public void Publish(IReadOnlyList<ListenerModel> listeners, params ClusterModel[] clusters)
    {
        Engine.Publish(new ProxySnapshot(++_generation, listeners, clusters, isComplete: true));
        Assert.Empty(Engine.ListenerFailures);
    }

    /// <summary>Returns when all loops serve what was published.</summary>
    public Task SettleAsync() => Engine.ActiveAsync();

    public Task<RawClient> ConnectAsync() => RawClient.ConnectAsync(Address);

    /// <summary>One GET on a connection of its own.</summary>
    public async Task<RawResponse> GetAsync(string path = "/", string fields = "")
    {
        using var client = await ConnectAsync();
        await client.SendAsync($"GET {path} HTTP/1.1\r\nhost: test\r\n{fields}\r\n");
        return await client.ReadResponseAsync();
    }

    /// <summary>The next outcome that the observer was told.</summary>
    public async Task<Outcome> OutcomeAsync()
    {
        Outcome? outcome = null;
        await Eventually.HoldsAsync(() => Observer.Exchanges.TryDequeue(out outcome), "an exchange ends", TestContext.Current.CancellationToken);
        return outcome!;
    }

    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}
