using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;
using Mizzen.Proxy.Configuration;

namespace Mizzen.Proxy.Admin;

/// <summary>The certificates in use as JSON, as Envoy shows them under <c>/certs</c>.</summary>
internal static class CertificatesText
{
    public static string Write(IEnumerable<(string TypeUrl, string Name, IMessage Message)> messages, TimeProvider clock)
    {
        var entries = messages.Select(entry => entry.Message).OfType<Secret>().Select(secret =>
            $$"""{"name": {{JsonText.Quote(secret.Name)}}, "ca_cert": [{{Details(secret.ValidationContext?.TrustedCa, clock)}}], "cert_chain": [{{Details(secret.TlsCertificate?.CertificateChain, clock)}}]}""");
        return $$"""{"certificates": [{{string.Join(",\n", entries)}}]}""" + "\n";
    }

    private static string Details(DataSource? source, TimeProvider clock)
    {
        var pem = source is null ? "" : source.InlineBytes.Length > 0 ? source.InlineBytes.ToStringUtf8() : source.InlineString;
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException error)
        {
            return JsonText.Quote(error.Message);
        }

        return string.Join(", ", certificates.Select(certificate => Details(certificate, clock)));
    }

    private static string Details(X509Certificate2 certificate, TimeProvider clock)
    {
        var text = new StringBuilder();
        var left = (int)(certificate.NotAfter.ToUniversalTime() - clock.GetUtcNow().UtcDateTime).TotalDays;
        text.Append(CultureInfo.InvariantCulture, $"{{\"path\": \"<inline>\", \"serial_number\": \"{certificate.SerialNumber.ToLowerInvariant()}\", ");
        text.Append("\"subject_alt_names\": [").AppendJoin(", ", Names(certificate)).Append("], ");
        text.Append(CultureInfo.InvariantCulture, $"\"days_until_expiration\": \"{Math.Max(0, left)}\", ");
        text.Append(CultureInfo.InvariantCulture, $"\"valid_from\": \"{certificate.NotBefore.ToUniversalTime():yyyy-MM-ddTHH:mm:ssZ}\", ");
        text.Append(CultureInfo.InvariantCulture, $"\"expiration_time\": \"{certificate.NotAfter.ToUniversalTime():yyyy-MM-ddTHH:mm:ssZ}\"}}");
        return text.ToString();
    }

    private static IEnumerable<string> Names(X509Certificate2 certificate) => AlternativeNames(certificate)
        .Select(name => $$"""{"{{(name.StartsWith("spiffe:", StringComparison.Ordinal) ? "uri" : "dns")}}": {{JsonText.Quote(name)}}}""");

    private static IEnumerable<string> AlternativeNames(X509Certificate2 certificate)
    {
        const int UriTag = 6;
        const int DnsTag = 2;
        if (certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is not { } extension)
        {
            yield break;
        }

        var reader = new System.Formats.Asn1.AsnReader(extension.RawData, System.Formats.Asn1.AsnEncodingRules.DER).ReadSequence();
        while (reader.HasData)
        {
            var tag = reader.PeekTag();
            if (tag.TagValue is UriTag or DnsTag)
            {
                yield return reader.ReadCharacterString(System.Formats.Asn1.UniversalTagNumber.IA5String, tag);
            }
            else
            {
                _ = reader.ReadEncodedValue();
            }
        }
    }
}
