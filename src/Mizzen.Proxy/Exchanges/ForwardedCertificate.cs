using System.Text;

using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Exchanges;

/// <summary>x-forwarded-client-cert: which certificate the client has presented, as Envoy writes it.</summary>
internal static class ForwardedCertificate
{
    private const int Longest = 8 * 1024;

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
    public static byte[] Element(ConnectionSecurity security, ClientCertificateFields fields)
    {
        var peer = security.Peer!;
        var parts = new List<string>();
        if (security.LocalUri.Length > 0)
        {
            parts.Add($"By={security.LocalUri}");
        }

        parts.Add($"Hash={peer.Digest}");
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
