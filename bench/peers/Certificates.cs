using System.Net;
using System.Security.Cryptography.X509Certificates;
using Mizzen.Identity;

namespace Mizzen.Bench.Peers;

/// <summary>One authority and one certificate for everybody (ECDSA P-256), as files.</summary>
internal sealed class Certificates
{
    /// <summary>The name in the certificate.</summary>
    public const string Host = "bench.test";

    private Certificates(string folder, IssuedCertificate issued)
    {
        Authority = Path.Combine(folder, "ca.pem");
        Chain = Path.Combine(folder, "cert.pem");
        Key = Path.Combine(folder, "key.pem");
        ChainAndKey = Path.Combine(folder, "both.pem");
        Client = X509CertificateLoader.LoadPkcs12(issued.ToX509().Export(X509ContentType.Pkcs12), null);
    }

    public string Authority { get; }

    public string Chain { get; }

    public string Key { get; }

    /// <summary>Certificate and key in one file, as HAProxy wants them.</summary>
    public string ChainAndKey { get; }

    /// <summary>The same certificate, for load that is made here.</summary>
    public X509Certificate2 Client { get; }

    public static Certificates Create(string folder)
    {
        using var authority = CertificateAuthority.Create("bench", TimeProvider.System);
        var issued = authority.Issue(CertificateProfile.ForServer([Host], [IPAddress.Loopback]) with { Client = true });
        var files = new Certificates(folder, issued);
        File.WriteAllText(files.Authority, authority.CertificatePem);
        File.WriteAllText(files.Chain, issued.CertificatePem);
        File.WriteAllText(files.Key, issued.PrivateKeyPem);
        File.WriteAllText(files.ChainAndKey, issued.CertificatePem + issued.PrivateKeyPem);
        return files;
    }
}
