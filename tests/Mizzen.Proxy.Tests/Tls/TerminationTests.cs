using System.Security.Authentication;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tests.Serving;
using Mizzen.Proxy.Tls;

namespace Mizzen.Proxy.Tests.Tls;

/// <summary>Clients that speak TLS, mostly .NET's, at listeners that end it.</summary>
public sealed class TerminationTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Requests_are_served_over_tls(SslProtocols version)
    {
        await using var upstream = TestUpstream.Answering((head, _) => TestUpstream.Ok(head.Contains("x-forwarded-proto: https\r\n", StringComparison.Ordinal) ? "secure" : head));
        await using var engine = Serving(new HttpModel { Routes = TestEngine.Routes(TestEngine.Route()) }, _certificates.Server(_certificates.Host("test")), TestEngine.Cluster("app", upstream.Address));
        using var client = await TlsClient.ConnectAsync(engine.Address, _certificates, versions: version);

        Assert.Equal(version, client.Tls.SslProtocol);
        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
            Assert.EndsWith("secure", await client.ReadResponseAsync(6), StringComparison.Ordinal);
        }

        Assert.EndsWith("secure", await client.GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bodies_of_any_size_pass_both_ways()
    {
        var body = string.Concat(Enumerable.Range(0, 300_000).Select(i => (char)('a' + (i % 26))));
        await using var upstream = TestUpstream.Answering((_, sent) => TestUpstream.Ok(sent));
        await using var engine = Serving(new HttpModel { Routes = TestEngine.Routes(TestEngine.Route()) }, _certificates.Server(_certificates.Host("test")), TestEngine.Cluster("app", upstream.Address));
        using var client = await TlsClient.ConnectAsync(engine.Address, _certificates);

        var sending = client.SendAsync($"POST / HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {body.Length}\r\n\r\n{body}");
        var response = await client.ReadToEndAsync();
        await sending;

        Assert.EndsWith("\r\n\r\n" + body, response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_application_protocol_is_the_first_of_ours_that_the_client_has()
    {
        var tls = _certificates.Server(_certificates.Host("test"), protocols: ["h2", "http/1.1"]);
        await using var engine = Serving(Answering("ok"), tls);
        using var one = await TlsClient.ConnectAsync(engine.Address, _certificates, protocols: ["http/1.1"]);
        using var both = await TlsClient.ConnectAsync(engine.Address, _certificates, protocols: ["http/1.1", "h2"]);
        using var none = await TlsClient.ConnectAsync(engine.Address, _certificates);
        using var other = await TlsClient.ConnectAsync(engine.Address, _certificates, protocols: ["smtp"]);

        Assert.Equal(
            ["http/1.1", "h2", "", ""],
            new[] { one, both, none, other }.Select(client => client.Tls.NegotiatedApplicationProtocol.ToString()));
    }

    [Fact]
    public async Task A_clients_certificate_names_it_to_the_upstream()
    {
        await using var upstream = TestUpstream.Answering((head, _) => TestUpstream.Ok(head));
        var http = new HttpModel
        {
            Routes = TestEngine.Routes(TestEngine.Route()),
            ClientCertificate = ClientCertificateHeader.AppendForward,
            ClientCertificateFields = ClientCertificateFields.Subject | ClientCertificateFields.Uri | ClientCertificateFields.Dns,
        };
        await using var engine = Serving(http, _certificates.Server(_certificates.Workload("backend"), mutual: true), TestEngine.Cluster("app", upstream.Address));
        var own = _certificates.Workload("frontend");
        using var x509 = own.ToX509();
        var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(x509.RawData));
        var element = $"By=spiffe://cluster.local/ns/default/sa/backend;Hash={digest};Subject=\"\";URI=spiffe://cluster.local/ns/default/sa/frontend";

        using var client = await TlsClient.ConnectAsync(engine.Address, _certificates, own);
        Assert.Contains($"x-forwarded-client-cert: {element}\r\n", await client.GetAsync(), StringComparison.Ordinal);
        using var second = await TlsClient.ConnectAsync(engine.Address, _certificates, own);
        Assert.Contains($"x-forwarded-client-cert: By=someone,{element}\r\n", await second.GetAsync(fields: "x-forwarded-client-cert: By=someone\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clients_certificate_and_chain_are_shown_where_they_are_asked_for()
    {
        await using var upstream = TestUpstream.Answering((head, _) => TestUpstream.Ok(head));
        var http = new HttpModel
        {
            Routes = TestEngine.Routes(TestEngine.Route()),
            ClientCertificate = ClientCertificateHeader.SanitizeSet,
            ClientCertificateFields = ClientCertificateFields.Cert | ClientCertificateFields.Chain,
        };
        await using var engine = Serving(http, _certificates.Server(_certificates.Workload("backend"), mutual: true), TestEngine.Cluster("app", upstream.Address));
        var own = _certificates.Workload("frontend");
        using var x509 = own.ToX509();

        using var client = await TlsClient.ConnectAsync(engine.Address, _certificates, own);
        var header = (await client.GetAsync()).Split("x-forwarded-client-cert: ")[1].Split("\r\n")[0];

        var fields = header.Split(';').Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => Uri.UnescapeDataString(part[1].Trim('"')));
        Assert.Equal(["By", "Hash", "Cert", "Chain"], header.Split(';').Select(part => part.Split('=')[0]));
        Assert.Equal(x509.ExportCertificatePem(), fields["Cert"].TrimEnd());
        Assert.StartsWith(x509.ExportCertificatePem(), fields["Chain"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_client_without_certificate_says_about_one_is_dropped()
    {
        await using var upstream = TestUpstream.Answering((head, _) => TestUpstream.Ok(head));
        var http = new HttpModel { Routes = TestEngine.Routes(TestEngine.Route()), ClientCertificate = ClientCertificateHeader.AppendForward };
        await using var engine = Serving(http, _certificates.Server(_certificates.Host("test")), TestEngine.Cluster("app", upstream.Address));

        using var client = await TlsClient.ConnectAsync(engine.Address, _certificates);
        Assert.DoesNotContain("x-forwarded-client-cert", await client.GetAsync(fields: "x-forwarded-client-cert: By=someone\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("expired")]
    [InlineData("other authority")]
    [InlineData("wrong name")]
    public async Task A_client_that_is_not_wanted_gets_nothing(string kind)
    {
        using var strangers = new TestCertificates();
        var past = new FakeTimeProvider(DateTimeOffset.UtcNow - TimeSpan.FromHours(3));
        using var before = Mizzen.Identity.CertificateAuthority.Load(_certificates.Authority.CertificatePem, _certificates.Authority.PrivateKeyPem, past);
        var own = kind switch
        {
            "expired" => before.Issue(Mizzen.Identity.CertificateProfile.ForWorkload(TestCertificates.Id("frontend"), TimeSpan.FromHours(1))),
            "other authority" => strangers.Workload("frontend"),
            "wrong name" => _certificates.Workload("other"),
            _ => null,
        };
        var names = new PeerNames(name => name.Kind == NameKind.Uri && name.Text == TestCertificates.Id("frontend").ToString(), "frontend");
        await using var engine = Serving(Answering("secret"), _certificates.Server(_certificates.Workload("backend"), mutual: true, names));

        // With TLS 1.3 the client learns it with its first read.
        var error = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var client = await TlsClient.ConnectAsync(engine.Address, _certificates, own);
            _ = await client.GetAsync();
        });
        Assert.True(error is IOException or AuthenticationException, error.ToString());

        using var wanted = await TlsClient.ConnectAsync(engine.Address, _certificates, _certificates.Workload("frontend"));
        Assert.EndsWith("secret", await wanted.GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tls_below_1_2_is_refused()
    {
        await using var engine = Serving(Answering("ok"), _certificates.Server(_certificates.Host("test")));
        var openssl = new System.Diagnostics.ProcessStartInfo("openssl", ["s_client", "-connect", engine.Address.ToString(), "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        using var process = System.Diagnostics.Process.Start(openssl)!;
        process.StandardInput.Close();
        _ = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var text = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Contains("alert protocol version", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Garbage_instead_of_a_hello_ends_the_connection()
    {
        await using var engine = Serving(Answering("ok"), _certificates.Server(_certificates.Host("test")));
        using var client = await RawClient.ConnectAsync(engine.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");

        // An alert, no answer.
        Assert.DoesNotContain("HTTP/", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.True(engine.Observer.Exchanges.IsEmpty);
    }

    [Fact]
    public async Task A_client_that_stalls_in_the_handshake_is_let_go()
    {
        var tls = _certificates.Server(_certificates.Host("test")) with { HandshakeTimeout = 100 };
        await using var engine = Serving(Answering("ok"), tls);
        using var client = await RawClient.ConnectAsync(engine.Address);
        await client.SendAsync([22, 3, 1, 2, 0, 1]);

        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_listener_without_its_certificate_takes_no_handshake()
    {
        await using var engine = Serving(Answering("ok"), new ServerTls());
        using var client = await RawClient.ConnectAsync(engine.Address);
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_certificate_is_replaced_without_dropping_a_connection()
    {
        await using var engine = Serving(Answering("ok"), _certificates.Server(_certificates.Host("old.test")));
        using var old = await TlsClient.ConnectAsync(engine.Address, _certificates);
        await old.SendAsync("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
        _ = await old.ReadResponseAsync(2);

        engine.Publish([Listener(Answering("ok"), _certificates.Server(_certificates.Host("new.test")))]);
        await engine.SettleAsync();

        using var fresh = await TlsClient.ConnectAsync(engine.Address, _certificates);
        Assert.Equal(["CN=old.test", "CN=new.test"], new[] { old, fresh }.Select(client => client.Tls.RemoteCertificate!.Subject));
        Assert.EndsWith("ok", await old.GetAsync(), StringComparison.Ordinal);
        Assert.EndsWith("ok", await fresh.GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sessions_are_resumed_by_ticket()
    {
        await using var engine = Serving(Answering("ok"), _certificates.Server(_certificates.Host("test")));
        var session = Path.GetTempFileName();
        try
        {
            var first = await OpenSslAsync(engine, "-sess_out", session);
            var second = await OpenSslAsync(engine, "-sess_in", session);
            Assert.Contains("New, TLSv1.3", first, StringComparison.Ordinal);
            Assert.Contains("Reused, TLSv1.3", second, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(session);
        }
    }

    private static async Task<string> OpenSslAsync(TestEngine engine, string option, string session)
    {
        var start = new System.Diagnostics.ProcessStartInfo("openssl", ["s_client", "-connect", engine.Address.ToString(), "-ign_eof", option, session])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using var process = System.Diagnostics.Process.Start(start)!;
        await process.StandardInput.WriteAsync("GET / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
        process.StandardInput.Close();
        var text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return text;
    }

    private static HttpModel Answering(string text) =>
        new() { Routes = TestEngine.Routes(TestEngine.Route(new RouteActionModel.Direct(200, Encoding.ASCII.GetBytes(text)))) };

    private static ListenerModel Listener(HttpModel http, ServerTls tls) => TestEngine.Listener(new FilterChainModel { Http = http, Tls = tls });

    private static TestEngine Serving(HttpModel http, ServerTls tls, params ClusterModel[] clusters)
    {
        var engine = new TestEngine();
        engine.Publish([Listener(http, tls)], clusters);
        return engine;
    }
}
