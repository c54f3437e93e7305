using System.Net.Security;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tests.Serving;
using Mizzen.Proxy.Tls;

namespace Mizzen.Proxy.Tests.Tls;

/// <summary>Clusters whose endpoints speak TLS.</summary>
public sealed class OriginationTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task A_server_is_asked_by_name_and_protocol_and_believed_by_its_certificate()
    {
        using var own = _certificates.Host("api.example.com").ToX509();
        await using var server = new TlsServer(
            new SslServerAuthenticationOptions { ServerCertificate = own, ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] }, "secure");
        await using var engine = new TestEngine();
        var tls = _certificates.Client(names: PeerNames.OfHost("api.example.com"), serverName: "api.example.com", protocols: "http/1.1");
        engine.Publish(TestEngine.Routes(TestEngine.Route()), TestEngine.Cluster("app", server.Address) with { Tls = tls });

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("secure", (await engine.GetAsync()).Body);
        }

        Assert.Equal(("api.example.com", "http/1.1"), Assert.Single(server.Handshakes));
    }

    [Theory]
    [InlineData("wrong name", "verify SAN list")]
    [InlineData("other authority", "certificate verify failed")]
    [InlineData("no tls", "wrong version number")]
    [InlineData("nobody", "Connection refused")]
    [InlineData("no certificate of ours", "certificate has not been delivered")]
    public async Task A_server_that_cannot_be_believed_is_an_unreachable_one(string kind, string reason)
    {
        using var strangers = new TestCertificates();
        using var own = (kind == "other authority" ? strangers : _certificates).Host(kind == "wrong name" ? "other.example.com" : "api.example.com").ToX509();
        await using var server = new TlsServer(new SslServerAuthenticationOptions { ServerCertificate = own }, "secure");
        await using var plain = new TestUpstream(async connection => await connection.SendAsync("220 mail.example.com\r\n"));
        var address = kind switch
        {
            "no tls" => plain.Address,
            "nobody" => TestUpstream.Nobody(),
            _ => server.Address,
        };
        await using var engine = new TestEngine();
        var tls = kind == "no certificate of ours" ? new ClientTls() : _certificates.Client(names: PeerNames.OfHost("api.example.com"));
        engine.Publish(TestEngine.Routes(TestEngine.Route()), TestEngine.Cluster("app", address) with { Tls = tls });

        var response = await engine.GetAsync();

        Assert.Equal(503, response.Status);
        Assert.Contains("reset reason: remote connection failure, transport failure reason: ", response.Body, StringComparison.Ordinal);
        Assert.Contains(reason, response.Body, StringComparison.Ordinal);
        Assert.Equal(ResponseFlags.UpstreamConnectionFailure, (await engine.OutcomeAsync()).Flags);
    }

    [Fact]
    public async Task A_server_that_stalls_in_the_handshake_runs_into_the_connect_timeout()
    {
        await using var silent = new TestUpstream(async connection => await connection.ReadAsync(1_000_000));
        await using var engine = new TestEngine();
        engine.Publish(
            TestEngine.Routes(TestEngine.Route()), TestEngine.Cluster("app", silent.Address) with { Tls = _certificates.Client(), ConnectTimeout = 100 });

        Assert.Contains("connection timeout", (await engine.GetAsync()).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoints_are_spoken_to_as_their_metadata_says()
    {
        // Istio's automatic mutual TLS: what endpoints say about themselves decides.
        using var own = _certificates.Workload("backend").ToX509();
        await using var secure = new TlsServer(new SslServerAuthenticationOptions { ServerCertificate = own }, "secure");
        await using var plain = TestUpstream.Answering((_, _) => TestUpstream.Ok("plain"));
        await using var engine = new TestEngine();
        var istio = new[] { KeyValuePair.Create("tlsMode", "istio") };
        engine.Publish(
            TestEngine.Routes(TestEngine.Route()),
            TestEngine.Cluster("app") with
            {
                TlsMatches = [new TlsMatch(istio, _certificates.Client()), new TlsMatch([], null)],
                Endpoints = [new EndpointModel { Address = secure.Address, TransportLabels = istio }, new EndpointModel { Address = plain.Address }],
            });

        var bodies = new HashSet<string>();
        for (var i = 0; i < 4; i++)
        {
            bodies.Add((await engine.GetAsync()).Body);
        }

        Assert.Equal(["plain", "secure"], bodies.Order());
    }

    [Fact]
    public async Task Two_proxies_speak_mutual_tls_and_resume()
    {
        await using var app = TestUpstream.Answering((head, _) => TestUpstream.Ok("hello"));
        await using var server = new TestEngine();
        var names = new PeerNames(name => name.Text.StartsWith("spiffe://cluster.local/", StringComparison.Ordinal), "cluster.local");
        var http = new HttpModel { Routes = TestEngine.Routes(TestEngine.Route()) };
        var serving = _certificates.Server(_certificates.Workload("backend"), mutual: true, names, "istio", "http/1.1");
        server.Publish([TestEngine.Listener(new FilterChainModel { Http = http, Tls = serving })], TestEngine.Cluster("app", app.Address));
        await using var client = new TestEngine();
        var calling = _certificates.Client(_certificates.Workload("frontend"), names, "outbound_.80_._.backend", "istio");
        client.Publish(TestEngine.Routes(TestEngine.Route()), TestEngine.Cluster("app", server.Address) with { Tls = calling, MaxRequestsPerConnection = 1 });

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("hello", (await client.GetAsync()).Body);
        }

        var seen = server.Observer.Secured.Select(security => (security.Peer!.Uri, security.LocalUri, ServerName: System.Text.Encoding.ASCII.GetString(security.ServerName), security.Protocol, security.IsResumed)).ToArray();
        Assert.Equal(3, seen.Length);
        Assert.All(seen, one => Assert.Equal(
            ("spiffe://cluster.local/ns/default/sa/frontend", "spiffe://cluster.local/ns/default/sa/backend", "outbound_.80_._.backend", "istio"),
            (one.Uri, one.LocalUri, one.ServerName, one.Protocol)));
        Assert.Equal([false, true, true], seen.Select(one => one.IsResumed));
    }

    [Fact]
    public async Task A_rejected_client_certificate_is_told_with_its_reason()
    {
        await using var server = new TestEngine();
        var http = new HttpModel { Routes = TestEngine.Routes(TestEngine.Route(new RouteActionModel.Direct(200, []))) };
        server.Publish([TestEngine.Listener(new FilterChainModel { Http = http, Tls = _certificates.Server(_certificates.Workload("backend"), mutual: true) })]);
        await using var client = new TestEngine();
        client.Publish(TestEngine.Routes(TestEngine.Route()), TestEngine.Cluster("app", server.Address) with { Tls = _certificates.Client() });

        var response = await client.GetAsync();

        Assert.Equal(503, response.Status);
        Assert.Contains("certificate required", response.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("api.example.com", "api.example.com", true)]
    [InlineData("*.example.com", "API.example.com", true)]
    [InlineData("*.example.com", "a.b.example.com", false)]
    [InlineData("*.example.com", "example.com", false)]
    [InlineData("api.example.com", "www.example.com", false)]
    public void A_wildcard_stands_for_one_label(string pattern, string host, bool expected) => Assert.Equal(expected, PeerNames.IsFor(pattern, host));
}
