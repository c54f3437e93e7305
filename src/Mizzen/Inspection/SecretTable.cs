using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;

namespace Mizzen.Inspection;

/// <summary>Certificates and authorities as istioctl's table shows them; private keys are never part of a dump.</summary>
internal static class SecretTable
{
    public static readonly string[] Heading = ["RESOURCE NAME", "TYPE", "STATUS", "VALID CERT", "SERIAL NUMBER", "NOT AFTER", "NOT BEFORE"];

    public static string[] Row(JsonObject entry, DateTimeOffset now)
    {
        var secret = entry["secret"];
        var name = entry.Text("name") is { Length: > 0 } outer ? outer : secret.Text("name");
        var (type, pem) = secret.At("tls_certificate") is { } certificate ? ("Cert Chain", Bytes(certificate["certificate_chain"]))
            : secret.At("validation_context") is { } context ? ("CA", Bytes(context["trusted_ca"]))
            : ("Unknown", null);
        return First(pem) is { } leaf
            ? [name, type, "ACTIVE", leaf.NotBefore <= now && now <= leaf.NotAfter ? "true" : "false", leaf.SerialNumber.ToLowerInvariant(), Time(leaf.NotAfter), Time(leaf.NotBefore)]
            : [name, type, pem is null ? "WARMING" : "ACTIVE", "false", "", "", ""];
    }

    private static byte[]? Bytes(JsonNode? source)
    {
        if (source.Text("inline_string") is { Length: > 0 } text)
        {
            return Encoding.UTF8.GetBytes(text);
        }

        return source.Text("inline_bytes") is { Length: > 0 } encoded ? Convert.FromBase64String(encoded) : null;
    }

    private static X509Certificate2? First(byte[]? pem)
    {
        if (pem is null)
        {
            return null;
        }

        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(Encoding.UTF8.GetString(pem));
        }
        catch (CryptographicException)
        {
            // Not a certificate: the table says so in its VALID column.
        }

        return certificates.Count == 0 ? null : certificates[0];
    }

    private static string Time(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
}
