using System.Net.Security;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tests.Serving;

namespace Mizzen.Proxy.Tests.Tls;

/// <summary>Connections that are chosen by their ClientHello, and TCP behind TLS.</summary>
public sealed class PassthroughTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task The_server_name_chooses_where_a_connection_goes_unopened()
    {
        using var first = _certificates.Host("a.example.com").ToX509();
        using var second = _certificates.Host("b.example.com").ToX509();
        await using var a = new TlsServer(new SslServerAuthenticationOptions { ServerCertificate = first }, "a");
        await using var b = new TlsServer(new SslServerAuthenticationOptions { ServerCertificate = second }, "b");
        await using var engine = new TestEngine();
        engine.Publish(
            [
                TestEngine.Listener(new FilterChainModel { ServerNames = ["a.example.com"], Tcp = To("a") }) with
                {
                    InspectTls = true,
                    Chains = [new FilterChainModel { ServerNames = ["a.example.com"], Tcp = To("a") }, new FilterChainModel { ServerNames = ["*.example.com"], Tcp = To("b") }],
                },
            ],
            TestEngine.Cluster("a", a.Address),
            TestEngine.Cluster("b", b.Address));

        foreach (var (name, subject) in new[] { ("a.example.com", "CN=a.example.com"), ("b.example.com", "CN=b.example.com"), ("A.EXAMPLE.com", "CN=a.example.com") })
        {
            using var client = await TlsClient.ConnectAsync(engine.Address, _certificates, serverName: name);
            Assert.Equal(subject, client.Tls.RemoteCertificate!.Subject);
            await client.SendAsync("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
            Assert.Equal(subject[3..4], await client.ReadResponseAsync(1));
        }

        await Assert.ThrowsAnyAsync<IOException>(() => TlsClient.ConnectAsync(engine.Address, _certificates, serverName: "other.test"));
        await Testing.Eventually.HoldsAsync(() => engine.Observer.Closed.Count == 3, "all are reported", TestContext.Current.CancellationToken);
        Assert.Equal(["a.example.com", "a.example.com", "b.example.com"], engine.Observer.Closed.Select(record => System.Text.Encoding.ASCII.GetString(record.RequestedServerName.Span)).Order());
    }

    [Fact]
    public async Task A_hello_that_comes_in_pieces_is_put_together()
    {
        using var own = _certificates.Host("a.example.com").ToX509();
        await using var server = new TlsServer(new SslServerAuthenticationOptions { ServerCertificate = own }, "a");
        await using var engine = new TestEngine();
        engine.Publish(
            [TestEngine.Listener(new FilterChainModel { ServerNames = ["a.example.com"], Tcp = To("a") }) with { InspectTls = true }], TestEngine.Cluster("a", server.Address));
        using var slow = new SlowStream(engine.Address);
        await using var tls = new SslStream(slow);

        await tls.AuthenticateAsClientAsync(TlsClient.Trusting(_certificates, "a.example.com"), TestContext.Current.CancellationToken);

        Assert.True(tls.IsAuthenticated);
    }

    [Fact]
    public async Task One_port_serves_plain_http_and_mutual_tls()
    {
        // Istio's PERMISSIVE mode.
        await using var engine = new TestEngine();
        var tls = _certificates.Server(_certificates.Workload("backend"), mutual: true, protocols: ["h2", "http/1.1"]);
        engine.Publish(
        [
            TestEngine.Listener(new FilterChainModel()) with
            {
                InspectTls = true,
                InspectHttp = true,
                Chains =
                [
                    new FilterChainModel { Name = "mtls", TransportProtocol = TransportProtocol.Tls, ApplicationProtocols = ["istio-http/1.1", "istio"], Tls = tls, Http = Answering("mutual") },
                    new FilterChainModel { Name = "plain", TransportProtocol = TransportProtocol.RawBuffer, ApplicationProtocols = ["http/1.1"], Http = Answering("plain") },
                ],
            },
        ]);

        Assert.Equal("plain", (await engine.GetAsync()).Body);
        using var client = await TlsClient.ConnectAsync(engine.Address, _certificates, _certificates.Workload("frontend"), protocols: ["istio"]);
        Assert.EndsWith("mutual", await client.GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tcp_behind_tls_keeps_its_halves()
    {
        await using var upstream = new TestUpstream(async connection =>
        {
            while (await connection.ReadSomeAsync() is { Length: > 0 } piece)
            {
                await connection.SendAsync(piece.ToUpperInvariant());
            }

            await connection.SendAsync("bye");
        });
        await using var engine = new TestEngine();
        engine.Publish(
            [TestEngine.Listener(new FilterChainModel { Tls = _certificates.Server(_certificates.Host("test")), Tcp = To("app") })], TestEngine.Cluster("app", upstream.Address));
        using var client = await TlsClient.ConnectAsync(engine.Address, _certificates);

        await client.SendAsync("hello");
        Assert.Equal("HELLO", await client.ReadAsync(5));
        await client.Tls.ShutdownAsync();

        Assert.Equal("bye", await client.ReadToEndAsync());
        await Testing.Eventually.HoldsAsync(() => engine.Observer.Closed.Count == 1, "it is reported", TestContext.Current.CancellationToken);
        Assert.Equal((5, 8), engine.Observer.Closed.First() is var record ? (record.BytesReceived, record.BytesSent) : default);
    }

    [Fact]
    public async Task Plain_tcp_goes_out_as_tls()
    {
        using var own = _certificates.Host("test").ToX509();
        await using var server = new TlsServer(new SslServerAuthenticationOptions { ServerCertificate = own }, new string('x', 200_000));
        await using var engine = new TestEngine();
        engine.Publish([TestEngine.Listener(new FilterChainModel { Tcp = To("app") })], TestEngine.Cluster("app", server.Address) with { Tls = _certificates.Client(serverName: "test") });
        using var client = await engine.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");

        Assert.Equal(200_000, (await client.ReadResponseAsync()).Body.Length);
    }

    private static TcpModel To(string cluster) => new() { Clusters = [new WeightedClusterModel { Cluster = ClusterKey.Of(cluster) }] };

    private static HttpModel Answering(string text) =>
        new() { Routes = TestEngine.Routes(TestEngine.Route(new RouteActionModel.Direct(200, System.Text.Encoding.ASCII.GetBytes(text)))) };
}
