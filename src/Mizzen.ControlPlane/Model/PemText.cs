using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mizzen.Resources.Core;

namespace Mizzen.ControlPlane.Model;

/// <summary>What Secrets and ConfigMaps hold, before a proxy is given it: one that cannot be read would make it refuse everything.</summary>
internal static class PemText
{
    private static readonly ConditionalWeakTable<Secret, string> Complaints = [];

    /// <summary>Why a Secret cannot serve as the certificate of a server; null when it can. Each version of a Secret is read once.</summary>
    public static string? Complaint(Secret secret) => Complaints.GetValue(secret, Examine) is { Length: > 0 } text ? text : null;

    /// <summary>Whether the text holds a certificate, and nothing that cannot be read.</summary>
    public static bool HasCertificates(string? pem)
    {
        try
        {
            var found = new X509Certificate2Collection();
            found.ImportFromPem(pem ?? "");
            var any = found.Count > 0;
            foreach (var certificate in found)
            {
                certificate.Dispose();
            }

            return any;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static string Examine(Secret secret)
    {
        if (Decoded(secret, "tls.crt") is not { } chain || Decoded(secret, "tls.key") is not { } key)
        {
            return "it has no tls.crt and tls.key";
        }

        try
        {
            using var certificate = X509Certificate2.CreateFromPem(chain, key);
            return "";
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            return $"its tls.crt and tls.key are no certificate and key of it ({error.Message})";
        }
    }

    private static string? Decoded(Secret secret, string key)
    {
        try
        {
            return secret.Data?.GetValueOrDefault(key) is { Length: > 0 } encoded ? Encoding.UTF8.GetString(Convert.FromBase64String(encoded)) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
