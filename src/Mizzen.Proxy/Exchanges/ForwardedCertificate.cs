using System.Security.Cryptography;
using System.Text;

using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Exchanges;

/// <summary>x-forwarded-client-cert: which certificate the client has presented, as Envoy writes it.</summary>
internal static class ForwardedCertificate
{
    private const int Longest = 32 * 1024;

    private static ReadOnlySpan<byte> Name => "x-forwarded-client-cert"u8;

    public static void Apply(RequestHead request, HttpDownstream downstream)
    {
        var mode = downstream.Chain.Http.ClientCertificate;
        if (mode == ClientCertificateHeader.AlwaysForwardOnly)
        {
            return;
        }

        // From a client without a certificate the header is a claim that nobody vouches for.
        var isVouchedFor = downstream.Security is { IsMutual: true };
        if (!isVouchedFor || mode is ClientCertificateHeader.Sanitize)
        {
            request.Remove(Name);
        }
        else if (mode is ClientCertificateHeader.SanitizeSet)
        {
            request.Set(Name, downstream.ClientCertificate);
        }
        else if (mode is ClientCertificateHeader.AppendForward)
        {
            Append(request, downstream.ClientCertificate);
        }
    }

    /// <summary>One element of the header: our name, the certificate's digest, and what else is asked for.</summary>
    /// <param name="security">The client's handshake.</param>
    /// <param name="fields">What else is asked for.</param>
    /// <param name="certificates">Fetches what the client has presented, in DER, its own certificate first.</param>
    public static byte[] Element(ConnectionSecurity security, ClientCertificateFields fields, Func<IReadOnlyList<byte[]>> certificates)
    {
        var peer = security.Peer!;
        var parts = new List<string>();
        if (security.LocalUri.Length > 0)
        {
            parts.Add($"By={security.LocalUri}");
        }

        parts.Add($"Hash={peer.Digest}");
        if ((fields & (ClientCertificateFields.Cert | ClientCertificateFields.Chain)) != 0)
        {
            AddPem(parts, fields, certificates());
        }

        if ((fields & ClientCertificateFields.Subject) != 0)
        {
            parts.Add($"Subject=\"{Encoding.UTF8.GetString(peer.Subject).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
        }

        if ((fields & ClientCertificateFields.Uri) != 0)
        {
            parts.AddRange(peer.Uris.DefaultIfEmpty([]).Select(uri => $"URI={Encoding.ASCII.GetString(uri)}"));
        }

        if ((fields & ClientCertificateFields.Dns) != 0)
        {
            parts.AddRange(peer.DnsNames.Select(name => $"DNS={Encoding.ASCII.GetString(name)}"));
        }

        return Encoding.ASCII.GetBytes(string.Join(';', parts));
    }

    // As Envoy writes it: PEM, with what a header cannot hold escaped as in URLs.
    private static void AddPem(List<string> parts, ClientCertificateFields fields, IReadOnlyList<byte[]> certificates)
    {
        var pem = certificates.Select(der => PemEncoding.WriteString("CERTIFICATE", der) + "\n").ToArray();
        if ((fields & ClientCertificateFields.Cert) != 0 && pem.Length > 0)
        {
            parts.Add($"Cert=\"{Uri.EscapeDataString(pem[0])}\"");
        }

        if ((fields & ClientCertificateFields.Chain) != 0)
        {
            parts.Add($"Chain=\"{Uri.EscapeDataString(string.Concat(pem))}\"");
        }
    }

    private static void Append(RequestHead request, ReadOnlySpan<byte> element)
    {
        if (!request.TryGet(Name, out var existing) || existing.IsEmpty || existing.Length + element.Length >= Longest)
        {
            request.Set(Name, element);
            return;
        }

        Span<byte> joined = stackalloc byte[Longest];
        existing.CopyTo(joined);
        joined[existing.Length] = (byte)',';
        element.CopyTo(joined[(existing.Length + 1)..]);
        request.Set(Name, joined[..(existing.Length + 1 + element.Length)]);
    }
}
