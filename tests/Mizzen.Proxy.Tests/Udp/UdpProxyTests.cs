using System.Net;
using System.Net.Sockets;
using System.Text;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tests.Serving;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Udp;

/// <summary>Datagrams through a real engine, with real sockets on both sides.</summary>
public sealed class UdpProxyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_client_has_a_session_and_gets_its_own_answers()
    {
        using var server = new EchoServer("a");
        await using var engine = Forwarding(new UdpModel { StatPrefix = "own", Cluster = ClusterKey.Of("udp") }, server);
        using var one = Client(engine);
        using var other = Client(engine);

        Assert.Equal("a:1", await AskAsync(one, "1"));
        Assert.Equal("a:2", await AskAsync(other, "2"));
        Assert.Equal("a:3", await AskAsync(one, "3"));

        Assert.Equal(2, server.Clients);
        Assert.Equal((2L, 2L, 3L, 3L), (Count(engine, "udp.own.downstream_sess_total"), Count(engine, "udp.own.downstream_sess_active"), Count(engine, "udp.own.downstream_sess_rx_datagrams"), Count(engine, "cluster.udp.udp.sess_tx_datagrams")));
    }

    [Fact]
    public async Task A_session_ends_when_nothing_comes_any_more()
    {
        using var server = new EchoServer("a");
        await using var engine = Forwarding(new UdpModel { StatPrefix = "idle", Cluster = ClusterKey.Of("udp"), IdleTimeout = 100 }, server);
        using var client = Client(engine);

        Assert.Equal("a:1", await AskAsync(client, "1"));
        await Eventually.HoldsAsync(() => Count(engine, "udp.idle.idle_timeout") == 1, "the session ends", Cancel);
        Assert.Equal("a:2", await AskAsync(client, "2"));

        Assert.Equal(2, server.Clients);
        Assert.Equal(1, Count(engine, "udp.idle.downstream_sess_active"));
    }

    [Fact]
    public async Task Datagrams_of_any_size_pass()
    {
        using var server = new EchoServer("a");
        await using var engine = Forwarding(new UdpModel { StatPrefix = "size", Cluster = ClusterKey.Of("udp") }, server);
        using var client = Client(engine);

        Assert.Equal("a:", await AskAsync(client, ""));
        var text = new string('x', 60_000);
        Assert.Equal("a:" + text, await AskAsync(client, text));
    }

    [Fact]
    public async Task The_clusters_limit_of_connections_is_one_of_sessions()
    {
        using var server = new EchoServer("a");
        await using var engine = new TestEngine();
        engine.Publish([Listener(new UdpModel { StatPrefix = "limit", Cluster = ClusterKey.Of("udp") })], Cluster(server) with { Limits = CircuitLimits.None with { Connections = 1 } });
        using var one = Client(engine);
        using var other = Client(engine);

        Assert.Equal("a:1", await AskAsync(one, "1"));
        await other.SendAsync("2"u8.ToArray(), Cancel);
        await Eventually.HoldsAsync(() => Count(engine, "cluster.udp.upstream_cx_overflow") == 1, "the session is refused", Cancel);
        Assert.Equal("a:3", await AskAsync(one, "3"));
        Assert.Equal(1, server.Clients);
    }

    [Fact]
    public async Task One_address_goes_to_one_endpoint_where_that_is_wanted()
    {
        using var a = new EchoServer("a");
        using var b = new EchoServer("b");
        await using var engine = new TestEngine();
        var cluster = Cluster(a, b) with { LoadBalancing = LoadBalancing.RingHash, HashTableSize = 1024 };
        engine.Publish([Listener(new UdpModel { StatPrefix = "hash", Cluster = ClusterKey.Of("udp"), HashesSourceAddress = true })], cluster);

        var answers = new HashSet<string>();
        for (var i = 0; i < 10; i++)
        {
            using var client = Client(engine);
            answers.Add((await AskAsync(client, "x"))[..1]);
        }

        Assert.Single(answers);
    }

    [Fact]
    public async Task A_session_moves_on_when_its_endpoint_is_gone()
    {
        using var a = new EchoServer("a");
        using var b = new EchoServer("b");
        await using var engine = Forwarding(new UdpModel { StatPrefix = "gone", Cluster = ClusterKey.Of("udp") }, a);
        using var client = Client(engine);
        Assert.Equal("a:1", await AskAsync(client, "1"));

        engine.Publish([Listener(new UdpModel { StatPrefix = "gone", Cluster = ClusterKey.Of("udp") })], Cluster(b));
        await engine.SettleAsync();

        Assert.Equal("b:2", await AskAsync(client, "2"));
    }

    [Fact]
    public async Task Answers_come_from_the_address_that_the_client_has_sent_to()
    {
        using var server = new EchoServer("a");
        await using var engine = new TestEngine();
        engine.Publish([Listener(new UdpModel { StatPrefix = "any", Cluster = ClusterKey.Of("udp") }) with { Address = new IPEndPoint(IPAddress.Any, 0) }], Cluster(server));

        // A connected socket takes answers from there only.
        using var client = new UdpClient(AddressFamily.InterNetwork);
        client.Connect(IPAddress.Parse("127.0.0.2"), engine.Address.Port);

        Assert.Equal("a:1", await AskAsync(client, "1"));
    }

    [Fact]
    public async Task Without_an_endpoint_or_cluster_datagrams_are_counted_and_dropped()
    {
        await using var engine = new TestEngine();
        engine.Publish([Listener(new UdpModel { StatPrefix = "none", Cluster = ClusterKey.Of("udp") })], TestEngine.Cluster("udp"));
        using var client = Client(engine);

        await client.SendAsync("1"u8.ToArray(), Cancel);
        await Eventually.HoldsAsync(() => Count(engine, "cluster.udp.upstream_cx_none_healthy") == 1, "nobody is there", Cancel);
        engine.Publish([Listener(new UdpModel { StatPrefix = "none", Cluster = ClusterKey.Of("missing") })]);
        await engine.SettleAsync();
        await client.SendAsync("1"u8.ToArray(), Cancel);
        await Eventually.HoldsAsync(() => Count(engine, "udp.none.downstream_sess_no_route") == 1, "no cluster is there", Cancel);
    }

    [Fact]
    public async Task A_datagram_allocates_nothing()
    {
        using var server = new EchoServer("a");
        await using var engine = Forwarding(new UdpModel { StatPrefix = "free", Cluster = ClusterKey.Of("udp") }, server);
        engine.Observer.Records = false;
        using var client = Client(engine);
        await ExchangeAsync(client, 300);
        var before = await engine.Engine.AllocatedAsync();
        await ExchangeAsync(client, 1000);
        var after = await engine.Engine.AllocatedAsync();

        Assert.InRange(after - before, 0, 2000);
    }

    private static async Task ExchangeAsync(UdpClient client, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.Equal("a:x", await AskAsync(client, "x"));
        }
    }

    private static TestEngine Forwarding(UdpModel model, params EchoServer[] servers)
    {
        var engine = new TestEngine();
        engine.Publish([Listener(model)], Cluster(servers));
        return engine;
    }

    private static ListenerModel Listener(UdpModel model) => new() { Name = "main", Address = new IPEndPoint(IPAddress.Loopback, 0), Udp = model };

    private static ClusterModel Cluster(params EchoServer[] servers) => TestEngine.Cluster("udp", [.. servers.Select(server => server.Address)]);

    private static UdpClient Client(TestEngine engine)
    {
        var client = new UdpClient(AddressFamily.InterNetwork);
        client.Connect(engine.Address);
        return client;
    }

    private static async Task<string> AskAsync(UdpClient client, string text)
    {
        await client.SendAsync(Encoding.ASCII.GetBytes(text), Cancel);
        var answer = await client.ReceiveAsync(Cancel);
        return Encoding.ASCII.GetString(answer.Buffer);
    }

    private static long Count(TestEngine engine, string counter) => engine.Observer.Counts.GetValueOrDefault(counter);
}
