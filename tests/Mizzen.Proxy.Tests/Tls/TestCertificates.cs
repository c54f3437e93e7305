using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mizzen.Identity;
using Mizzen.Proxy.Tls;

namespace Mizzen.Proxy.Tests.Tls;

/// <summary>An authority with certificates of a mesh and of the outside, as the engine's material and as .NET's.</summary>
internal sealed class TestCertificates : IDisposable
{
    public static readonly TrustDomain Mesh = TrustDomain.Parse("cluster.local");

    private readonly TimeProvider _clock;

    public TestCertificates(TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        Authority = CertificateAuthority.Create("test authority", _clock);
    }

    public CertificateAuthority Authority { get; }

    public TrustedAuthorities Trust => TrustedAuthorities.Of(Encoding.ASCII.GetBytes(Authority.CertificatePem));

    public static SpiffeId Id(string account) => SpiffeId.ForServiceAccount(Mesh, "default", account);

    public IssuedCertificate Workload(string account) => Authority.Issue(CertificateProfile.ForWorkload(Id(account), TimeSpan.FromHours(1)));

    public IssuedCertificate Host(params string[] names) => Authority.Issue(CertificateProfile.ForServer(names, [IPAddress.Loopback]));

    public static TlsCertificate Material(IssuedCertificate issued) =>
        TlsCertificate.Of(Encoding.ASCII.GetBytes(issued.CertificatePem), Encoding.ASCII.GetBytes(issued.PrivateKeyPem));

    /// <summary>A filter chain's settings, with the certificate, and with validation of clients if they must have one.</summary>
    public ServerTls Server(IssuedCertificate issued, bool mutual = false, PeerNames? names = null, params string[] protocols) => new()
    {
        Context = TlsContext.Create(new TlsSettings { IsServer = true, Certificates = [Material(issued)], Trust = mutual ? Trust : null }),
        RequiresClientCertificate = mutual,
        VerifiesClients = mutual,
        Names = names,
        Protocols = ProtocolList.Encode(protocols),
        HandshakeTimeout = 5_000,
    };

    /// <summary>A cluster's settings that believe this authority.</summary>
    public ClientTls Client(IssuedCertificate? issued = null, PeerNames? names = null, string serverName = "", params string[] protocols) => new()
    {
        Context = TlsContext.Create(new TlsSettings { Certificates = issued is null ? [] : [Material(issued)], Trust = Trust }),
        VerifiesServer = true,
        Names = names,
        ServerName = serverName,
        Protocols = ProtocolList.Encode(protocols),
    };

    public X509Certificate2Collection Roots() => [Authority.Certificate];

    public void Dispose() => Authority.Dispose();
}
