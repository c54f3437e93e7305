using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mizzen.Identity;

/// <summary>
/// A certificate authority with one ECDSA P-256 key: makes or loads its root, issues server, client and workload certificates
/// and signs requests. Safe for use from several threads.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    private static readonly TimeSpan RootLifetime = TimeSpan.FromDays(3650);

    // Clocks of peers differ a little; a certificate that starts "now" would be refused by the one that lags.
    private static readonly TimeSpan Backdate = TimeSpan.FromMinutes(2);

    private readonly X509Certificate2 _root;
    private readonly ECDsa _key;
    private readonly TimeProvider _clock;

    private CertificateAuthority(X509Certificate2 root, ECDsa key, TimeProvider clock)
    {
        _root = root;
        _key = key;
        _clock = clock;
        CertificatePem = root.ExportCertificatePem() + "\n";
    }

    /// <summary>The root certificate in PEM, ends with a line feed.</summary>
    public string CertificatePem { get; }

    /// <summary>The root certificate, without its private key's use in mind: to build trust stores. Belongs to the authority.</summary>
    public X509Certificate2 Certificate => _root;

    /// <summary>The authority's private key, PKCS #8 in PEM. Secret.</summary>
    public string PrivateKeyPem => _key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>Makes a new root with the given common name, valid for ten years.</summary>
    public static CertificateAuthority Create(string commonName, TimeProvider clock)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(commonName);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = clock.GetUtcNow();
        return new CertificateAuthority(request.CreateSelfSigned(now - Backdate, now + RootLifetime), key, clock);
    }

    /// <summary>Takes over a root from PEM texts.</summary>
    /// <exception cref="CryptographicException">A text is no PEM, or the key is no ECDSA key, or does not belong to the certificate.</exception>
    public static CertificateAuthority Load(string certificatePem, string privateKeyPem, TimeProvider clock)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(privateKeyPem);
            using var bare = X509Certificate2.CreateFromPem(certificatePem);
            return new CertificateAuthority(bare.CopyWithPrivateKey(key), key, clock);
        }
        catch (ArgumentException e)
        {
            key.Dispose();
            throw new CryptographicException("the authority's certificate and key do not fit: " + e.Message, e);
        }
    }

    /// <summary>
    /// Loads <c>ca.crt</c> and <c>ca.key</c> from a directory, or makes them there (the key readable by its owner only).
    /// </summary>
    /// <exception cref="IOException">The directory cannot be read or written.</exception>
    /// <exception cref="CryptographicException">The files are there but damaged.</exception>
    public static CertificateAuthority LoadOrCreate(string directory, string commonName, TimeProvider clock)
    {
        var certificatePath = Path.Combine(directory, "ca.crt");
        var keyPath = Path.Combine(directory, "ca.key");
        if (File.Exists(certificatePath) && File.Exists(keyPath))
        {
            return Load(File.ReadAllText(certificatePath), File.ReadAllText(keyPath), clock);
        }

        Directory.CreateDirectory(directory);
        var authority = Create(commonName, clock);
        SecretFile.Write(keyPath, authority.PrivateKeyPem);
        File.WriteAllText(certificatePath, authority.CertificatePem);
        return authority;
    }

    /// <summary>Issues a certificate with a new key.</summary>
    public IssuedCertificate Issue(CertificateProfile profile)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Sign(profile, new PublicKey(key));
        return new IssuedCertificate(certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n", certificate.NotAfter.ToUniversalTime());
    }

    /// <summary>
    /// Signs a PKCS #10 request. Only its public key is taken (and its proof of possession checked); names and uses come from the
    /// profile, because the requester does not decide who it is.
    /// </summary>
    /// <returns>The certificate in PEM.</returns>
    /// <exception cref="CryptographicException">The request is damaged or its signature is wrong.</exception>
    /// <exception cref="ArgumentException">The text holds no CERTIFICATE REQUEST block.</exception>
    public string SignRequest(string requestPem, CertificateProfile profile)
    {
        var request = CertificateRequest.LoadSigningRequestPem(requestPem, HashAlgorithmName.SHA256);
        using var certificate = Sign(profile, request.PublicKey);
        return certificate.ExportCertificatePem() + "\n";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
    }

    private X509Certificate2 Sign(CertificateProfile profile, PublicKey publicKey)
    {
        var subject = Subject(profile);
        var request = new CertificateRequest(subject, publicKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(Uses(profile));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_root, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (Names(profile) is { } names)
        {
            // RFC 5280 section 4.2.1.6: critical when it is the only name.
            request.CertificateExtensions.Add(names.Build(critical: subject.RawData.Length <= 2));
        }

        var now = _clock.GetUtcNow();
        var end = now + profile.Lifetime;
        var limit = new DateTimeOffset(_root.NotAfter.ToUniversalTime());
        Span<byte> serial = stackalloc byte[16];
        RandomNumberGenerator.Fill(serial);
        serial[0] = (byte)((serial[0] & 0x3f) | 0x40); // positive and always 16 bytes
        return request.Create(_root.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), now - Backdate, end < limit ? end : limit, serial);
    }

    private static X500DistinguishedName Subject(CertificateProfile profile)
    {
        var subject = new X500DistinguishedNameBuilder();
        foreach (var organization in profile.Organizations)
        {
            subject.AddOrganizationName(organization);
        }

        if (!string.IsNullOrEmpty(profile.CommonName))
        {
            subject.AddCommonName(profile.CommonName);
        }

        return subject.Build();
    }

    private static X509EnhancedKeyUsageExtension Uses(CertificateProfile profile)
    {
        var uses = new OidCollection();
        if (profile.Server)
        {
            uses.Add(Oid.FromOidValue("1.3.6.1.5.5.7.3.1", OidGroup.EnhancedKeyUsage));
        }

        if (profile.Client)
        {
            uses.Add(Oid.FromOidValue("1.3.6.1.5.5.7.3.2", OidGroup.EnhancedKeyUsage));
        }

        return new X509EnhancedKeyUsageExtension(uses, critical: false);
    }

    private static SubjectAlternativeNameBuilder? Names(CertificateProfile profile)
    {
        if (profile.DnsNames.Count + profile.Addresses.Count + profile.SpiffeIds.Count == 0)
        {
            return null;
        }

        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in profile.DnsNames)
        {
            names.AddDnsName(name);
        }

        foreach (var address in profile.Addresses)
        {
            names.AddIpAddress(address);
        }

        foreach (var id in profile.SpiffeIds)
        {
            names.AddUri(new Uri(id.ToString()));
        }

        return names;
    }
}
