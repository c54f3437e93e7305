using System.Net;
using Mizzen.Proxy.Runtime;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>Clients and endpoints with IPv6 addresses, also where the other side has none.</summary>
public sealed class IPv6Tests
{
    private static readonly IPEndPoint V6 = new(IPAddress.IPv6Loopback, 0);
    private static readonly IPEndPoint V4 = new(IPAddress.Loopback, 0);

    public static TheoryData<IPEndPoint, IPEndPoint> Pairs => new() { { V6, V6 }, { V6, V4 }, { V4, V6 } };

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Requests_pass_between_the_families(IPEndPoint client, IPEndPoint endpoint)
    {
        await using var app = new TestUpstream(Echo, endpoint);
        await using var engine = new TestEngine();
        engine.Publish(
            [TestEngine.Listener(new FilterChainModel { Http = new HttpModel { Routes = TestEngine.Routes(TestEngine.Route()) } }) with { Address = client }],
            TestEngine.Cluster("app", app.Address));

        Assert.Equal("hello", (await engine.GetAsync()).Body);
        Assert.Equal(client.AddressFamily, engine.Address.AddressFamily);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Connections_pass_between_the_families(IPEndPoint client, IPEndPoint endpoint)
    {
        await using var app = new TestUpstream(Echo, endpoint);
        await using var engine = new TestEngine();
        var tcp = new TcpModel { Clusters = [new WeightedClusterModel { Cluster = ClusterKey.Of("app") }] };
        engine.Publish([TestEngine.Listener(new FilterChainModel { Tcp = tcp }) with { Address = client }], TestEngine.Cluster("app", app.Address));

        Assert.Equal("hello", (await engine.GetAsync()).Body);
        await Eventually.HoldsAsync(() => !engine.Observer.Opened.IsEmpty, "the connection is reported", TestContext.Current.CancellationToken);
        var record = engine.Observer.Opened.First();
        Assert.Equal(client.Address, record.DownstreamRemote.ToIPAddress());
        Assert.Equal(engine.Address, record.DownstreamLocal.ToEndPoint());
    }

    [Fact]
    public async Task Health_checks_reach_IPv6_addresses()
    {
        await using var app = new TestUpstream(Echo, V6);
        await using var engine = new TestEngine();
        var check = new HealthCheckModel { Question = new HealthQuestionModel.Tcp([], []), Counters = new HealthCounters("app"), Interval = 10, HealthyEdgeInterval = 10 };
        engine.Publish(TestEngine.Routes(TestEngine.Route()), TestEngine.Cluster("app", app.Address) with { HealthCheck = check, PanicThreshold = 0 });

        await Eventually.HoldsAsync(
            () => engine.Observer.Counts.GetValueOrDefault("cluster.app.health_check.healthy") == 1, "it is well", TestContext.Current.CancellationToken);
        Assert.Equal("hello", (await engine.GetAsync()).Body);
    }

    private static async Task Echo(UpstreamConnection connection)
    {
        while (await connection.ReadRequestAsync() is not null)
        {
            await connection.SendAsync(TestUpstream.Ok("hello"));
        }
    }
}
