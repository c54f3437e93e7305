using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Mizzen.Mesh.Tests.Cases;

/// <summary>
/// Certificates of cases, made when they are asked for: <c>&lt;certificate of NAME&gt;</c> and <c>&lt;key of NAME&gt;</c> stand for values
/// of a Secret, <c>&lt;authority&gt;</c> for the value of a ConfigMap. NAME is a DNS name and <c>spiffe://example.org/NAME</c>. Behind
/// <c>by</c> stands another authority than <c>everybody</c>.
/// </summary>
internal static partial class Certificates
{
    private const string Usual = "everybody";
    private static readonly ConcurrentDictionary<string, X509Certificate2> Authorities = [];
    private static readonly ConcurrentDictionary<(string Name, string Authority), X509Certificate2> Leaves = [];

    /// <summary>The text with every certificate put in.</summary>
    public static string PutInto(string yaml) => Placeholder().Replace(yaml, match =>
    {
        var authority = match.Groups["by"] is { Success: true, Value: var by } ? by : Usual;
        return match.Groups["what"].Value switch
        {
            "authority" => JsonSerializer.Serialize(AuthorityOf(authority).ExportCertificatePem()),
            "key" => Base64(Of(match.Groups["name"].Value, authority).GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()),
            _ => Base64(Of(match.Groups["name"].Value, authority).ExportCertificatePem()),
        };
    });

    /// <summary>A certificate with its key, as rows write it: <c>NAME</c> or <c>NAME by AUTHORITY</c>.</summary>
    public static X509Certificate2 Of(string written)
    {
        var parts = written.Split(" by ");
        return Of(parts[0], parts.Length > 1 ? parts[1] : Usual);
    }

    private static X509Certificate2 Of(string name, string authority) => Leaves.GetOrAdd((name, authority), static key => Issue(key.Name, AuthorityOf(key.Authority)));

    private static X509Certificate2 AuthorityOf(string name) => Authorities.GetOrAdd(name, static subject =>
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={subject}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddMinutes(-1), now.AddHours(2));
    });

    private static X509Certificate2 Issue(string name, X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddUri(new Uri($"spiffe://example.org/{name}"));
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var issued = request.Create(authority, now.AddMinutes(-1), now.AddHours(1), RandomNumberGenerator.GetBytes(8));
        using var own = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }

    private static string Base64(string pem) => Convert.ToBase64String(Encoding.ASCII.GetBytes(pem));

    [GeneratedRegex(@"<(?:(?<what>certificate|key) of (?<name>[\w.*-]+)|(?<what>authority))(?: by (?<by>\w+))?>")]
    private static partial Regex Placeholder();
}
