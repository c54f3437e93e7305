using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mizzen.Identity.Tests;

public sealed class CertificateAuthorityTests
{
    private static readonly TimeProvider Clock = TimeProvider.System;

    [Fact]
    public void A_server_certificate_carries_its_names_and_chains_to_the_root()
    {
        using var authority = CertificateAuthority.Create("test-ca", Clock);
        using var leaf = authority.Issue(CertificateProfile.ForServer(["istiod.istio-system.svc"], [IPAddress.Loopback])).ToX509();

        Assert.True(leaf.MatchesHostname("istiod.istio-system.svc"));
        Assert.True(leaf.MatchesHostname("127.0.0.1"));
        Assert.False(leaf.MatchesHostname("other"));
        Assert.True(Chains(leaf, authority.Certificate));
    }

    [Fact]
    public void A_client_certificate_says_user_and_groups()
    {
        using var authority = CertificateAuthority.Create("test-ca", Clock);
        using var leaf = authority.Issue(CertificateProfile.ForClient("kubernetes-admin", "system:masters")).ToX509();

        Assert.Equal("O=system:masters, CN=kubernetes-admin", leaf.SubjectName.Name);
    }

    [Fact]
    public void A_workload_certificate_has_one_critical_uri_and_an_empty_subject()
    {
        using var authority = CertificateAuthority.Create("test-ca", Clock);
        var id = SpiffeId.ForServiceAccount(TrustDomain.ClusterLocal, "default", "frontend");
        using var leaf = authority.Issue(CertificateProfile.ForWorkload(id, TimeSpan.FromHours(24))).ToX509();

        var names = leaf.Extensions.OfType<X509Extension>().Single(e => e.Oid?.Value == "2.5.29.17");
        Assert.True(names.Critical);
        Assert.Contains(id.ToString(), System.Text.Encoding.ASCII.GetString(names.RawData), StringComparison.Ordinal);
        Assert.Equal("", leaf.Subject);
        Assert.True(Chains(leaf, authority.Certificate));
    }

    [Fact]
    public void A_signing_request_gets_the_profiles_names_not_its_own()
    {
        using var authority = CertificateAuthority.Create("test-ca", Clock);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=somebody-else", key, HashAlgorithmName.SHA256);
        var id = SpiffeId.ForServiceAccount(TrustDomain.ClusterLocal, "default", "frontend");

        using var leaf = X509Certificate2.CreateFromPem(authority.SignRequest(request.CreateSigningRequestPem(), CertificateProfile.ForWorkload(id, TimeSpan.FromHours(1))));

        Assert.Equal("", leaf.Subject);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), leaf.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.InRange(leaf.NotAfter, DateTime.MinValue, Clock.GetLocalNow().DateTime.AddMinutes(61));
    }

    [Fact]
    public void The_authority_is_made_once_and_loaded_afterwards()
    {
        var directory = Directory.CreateTempSubdirectory("mizzen-ca-");
        try
        {
            using var first = CertificateAuthority.LoadOrCreate(directory.FullName, "test-ca", Clock);
            using var second = CertificateAuthority.LoadOrCreate(directory.FullName, "test-ca", Clock);
            using var leaf = second.Issue(CertificateProfile.ForClient("u")).ToX509();

            Assert.Equal(first.CertificatePem, second.CertificatePem);
            Assert.True(Chains(leaf, first.Certificate));
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(Path.Combine(directory.FullName, "ca.key")) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_key_that_does_not_belong_to_the_certificate_is_refused()
    {
        using var one = CertificateAuthority.Create("one", Clock);
        using var two = CertificateAuthority.Create("two", Clock);

        Assert.Throws<CryptographicException>(() => CertificateAuthority.Load(one.CertificatePem, two.PrivateKeyPem, Clock));
    }

    [Fact]
    public async Task Both_sides_of_a_real_tls_connection_accept_issued_certificates()
    {
        using var authority = CertificateAuthority.Create("test-ca", Clock);
        using var serverCertificate = authority.Issue(CertificateProfile.ForServer(["server"], [])).ToX509();
        using var clientCertificate = authority.Issue(CertificateProfile.ForClient("me")).ToX509();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var token = TestContext.Current.CancellationToken;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(authority.Certificate);

        var serve = Task.Run(async () =>
        {
            using var accepted = await listener.AcceptTcpClientAsync(token);
            using var tls = new SslStream(accepted.GetStream());
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = serverCertificate, ClientCertificateRequired = true, CertificateChainPolicy = policy },
                token);
            return tls.RemoteCertificate!.Subject;
        }, token);
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, token);
        using var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "server", ClientCertificates = [clientCertificate], CertificateChainPolicy = policy },
            token);

        Assert.Equal("CN=me", await serve);
    }

    private static bool Chains(X509Certificate2 leaf, X509Certificate2 root)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        return chain.Build(leaf);
    }
}
