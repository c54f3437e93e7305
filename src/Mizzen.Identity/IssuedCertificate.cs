using System.Security.Cryptography.X509Certificates;

namespace Mizzen.Identity;

/// <summary>A certificate with its private key.</summary>
/// <param name="CertificatePem">The certificate in PEM.</param>
/// <param name="PrivateKeyPem">The private key, PKCS #8 in PEM. Secret: never logged.</param>
/// <param name="ExpiresAt">When it stops to hold.</param>
public sealed record IssuedCertificate(string CertificatePem, string PrivateKeyPem, DateTimeOffset ExpiresAt)
{
    /// <summary>The certificate with its key, ready for a TLS server or client. The caller disposes of it.</summary>
    public X509Certificate2 ToX509() => X509Certificate2.CreateFromPem(CertificatePem, PrivateKeyPem);

    /// <summary>Leaves the key out, so that a log line cannot leak it.</summary>
    public override string ToString() => $"certificate until {ExpiresAt:O}";
}
