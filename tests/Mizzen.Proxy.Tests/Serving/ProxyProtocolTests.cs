using System.Text;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Serving;

/// <summary>The PROXY protocol from load balancers and to endpoints.</summary>
public sealed class ProxyProtocolTests
{
    private const string Header = "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n";
    private const string Get = "GET / HTTP/1.1\r\nhost: test\r\n\r\n";

    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Header + Get)]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x07\xdc\x04\x01\xbb" + Get)]
    public async Task The_header_says_who_the_client_is_however_it_is_cut(string bytes)
    {
        await using var upstream = TestUpstream.Answering((head, _) => TestUpstream.Ok(Field(head, "x-forwarded-for")));
        await using var engine = new TestEngine();
        engine.Publish(
            [Listener(new FilterChainModel { Http = new HttpModel { UseRemoteAddress = true, Routes = TestEngine.Routes(TestEngine.Route()) } })],
            TestEngine.Cluster("app", upstream.Address));
        foreach (var cut in new[] { bytes.Length, bytes.Length - Get.Length, 20, 3 })
        {
            using var client = await engine.ConnectAsync();
            await client.SendAsync(bytes[..cut]);
            await engine.SettleAsync();
            await client.SendAsync(bytes[cut..]);
            Assert.Equal("192.0.2.1", (await client.ReadResponseAsync()).Body);
            await client.SendAsync(Get);
            Assert.Equal("192.0.2.1", (await client.ReadResponseAsync()).Body);
        }
    }

    [Fact]
    public async Task Filter_chains_are_chosen_by_what_the_header_says_and_by_what_stands_behind_it()
    {
        await using var upstream = new TestUpstream(async connection => await connection.SendAsync($"got {await connection.ReadSomeAsync()}"));
        await using var engine = new TestEngine();
        var http = new FilterChainModel
        {
            DestinationPort = 443,
            ApplicationProtocols = ["http/1.1"],
            Http = new HttpModel { Routes = TestEngine.Routes(TestEngine.Route(new RouteActionModel.Direct(200, "http"u8.ToArray()))) },
        };
        var listener = Listener(http) with { InspectHttp = true, DefaultChain = new FilterChainModel { Tcp = To("app") } };
        engine.Publish([listener], TestEngine.Cluster("app", upstream.Address));

        using var spoken = await engine.ConnectAsync();
        await spoken.SendAsync(Header + Get);
        Assert.Equal("http", (await spoken.ReadResponseAsync()).Body);
        using var raw = await engine.ConnectAsync();
        await raw.SendAsync(Header + "\x01raw");
        Assert.Equal("got \x01raw", await raw.ReadToEndAsync());
        raw.EndSending();
        await Eventually.HoldsAsync(() => engine.Observer.Closed.Count == 1, "the session ends", Cancellation);
        var record = Assert.Single(engine.Observer.Closed);
        Assert.Equal(("192.0.2.1:56324", "198.51.100.7:443"), (record.DownstreamRemote.ToString(), record.DownstreamLocal.ToString()));
    }

    [Theory]
    [InlineData(Get, false, true, "not_found_disallowed")]
    [InlineData("PROXY TCP4 here there 1 2\r\n", true, true, "versions.v1.error")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\x99\0\0", true, true, "versions.v2.error")]
    [InlineData(Header + Get, true, false, "versions.v1.disallowed")]
    public async Task What_is_no_header_is_turned_away_and_counted(string bytes, bool allowsAbsent, bool allowsVersion1, string counter)
    {
        await using var engine = new TestEngine();
        var listener = Listener(new FilterChainModel { Http = new HttpModel { Routes = TestEngine.Routes(TestEngine.Route()) } });
        engine.Publish([listener with { ProxyProtocol = new ProxyProtocolModel("edge") { AllowsAbsent = allowsAbsent, AllowsVersion1 = allowsVersion1 } }]);
        using var client = await engine.ConnectAsync();
        await client.SendAsync(bytes);
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal(1, engine.Observer.Counts[$"proxy_proto.edge.{counter}"]);
        await Eventually.HoldsAsync(() => engine.Overload.Connections == 0, "its place is free", Cancellation);
    }

    [Fact]
    public async Task A_header_may_be_left_out_where_that_is_allowed_and_must_come_in_time()
    {
        await using var engine = new TestEngine();
        var listener = Listener(new FilterChainModel { Http = new HttpModel { Routes = TestEngine.Routes(TestEngine.Route(new RouteActionModel.Direct(200, "ok"u8.ToArray()))) } });
        engine.Publish([listener with { ProxyProtocol = new ProxyProtocolModel("") { AllowsAbsent = true }, InspectTimeout = 50 }]);
        Assert.Equal("ok", (await engine.GetAsync()).Body);
        Assert.Equal(1, engine.Observer.Counts["proxy_proto.not_found_allowed"]);

        using var silent = await engine.ConnectAsync();
        await silent.SendAsync("PROXY TCP4");
        Assert.Equal("", await silent.ReadToEndAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Endpoints_are_told_whose_a_request_is_and_clients_share_no_connection(int version)
    {
        var headers = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var upstream = new TestUpstream(async connection =>
        {
            headers.Enqueue(await HeaderAsync(connection, version));
            while (await connection.ReadRequestAsync() is not null)
            {
                await connection.SendAsync(TestUpstream.Ok("up"));
            }
        });
        await using var engine = new TestEngine();
        engine.Publish(
            [Listener(new FilterChainModel { Http = new HttpModel { Routes = TestEngine.Routes(TestEngine.Route()) } })],
            TestEngine.Cluster("app", upstream.Address) with { ProxyProtocol = version });
        foreach (var port in new[] { 1001, 1002 })
        {
            using var client = await engine.ConnectAsync();
            for (var i = 0; i < 3; i++)
            {
                await client.SendAsync((i == 0 ? $"PROXY TCP4 192.0.2.1 198.51.100.7 {port} 443\r\n" : "") + Get);
                Assert.Equal("up", (await client.ReadResponseAsync()).Body);
            }
        }

        Assert.Equal(["192.0.2.1:1001 198.51.100.7:443", "192.0.2.1:1002 198.51.100.7:443"], headers);
    }

    [Fact]
    public async Task Endpoints_are_told_whose_a_TCP_connection_is()
    {
        await using var upstream = new TestUpstream(async connection => await connection.SendAsync($"got {await connection.ReadAsync(Header.Length + 5)}"));
        await using var engine = new TestEngine();
        engine.Publish([Listener(new FilterChainModel { Tcp = To("app") })], TestEngine.Cluster("app", upstream.Address) with { ProxyProtocol = 1 });
        using var client = await engine.ConnectAsync();
        await client.SendAsync(Header + "hello");
        Assert.Equal($"got {Header}hello", await client.ReadToEndAsync());
    }

    private static async Task<string> HeaderAsync(UpstreamConnection connection, int version)
    {
        var text = await connection.ReadAsync(version == 1 ? Header.Length - 1 : 28);
        var result = Read(text, out var header);
        Assert.Equal(ProxyHeaderResult.Complete, result);
        return $"{header.Source} {header.Destination}";
    }

    private static ProxyHeaderResult Read(string text, out ProxyHeader header) =>
        ProxyHeader.Read(Encoding.Latin1.GetBytes(text), out header, out _);

    private static TcpModel To(string cluster) => new() { Clusters = [new WeightedClusterModel { Cluster = ClusterKey.Of(cluster) }] };

    private static ListenerModel Listener(FilterChainModel chain) => TestEngine.Listener(chain) with { ProxyProtocol = new ProxyProtocolModel("") };

    private static string Field(string head, string name) =>
        head.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))?[(name.Length + 2)..] ?? "";
}
