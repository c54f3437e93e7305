using System.Runtime.InteropServices;
using System.Text;

using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Tls;

/// <summary>Reads from a finished handshake what the layers above want to know.</summary>
internal static unsafe class HandshakeOutcome
{
    private const int Sha256Length = 32;

    public static ConnectionSecurity Of(nint ssl)
    {
        var own = LibSsl.GetOwnCertificate(ssl);
        return new ConnectionSecurity
        {
            Protocol = ProtocolOf(ssl),
            ServerName = Encoding.ASCII.GetBytes(Text(LibSsl.GetServerName(ssl, 0))),
            Version = Text(LibSsl.GetVersion(ssl)),
            Cipher = Text(LibSsl.CipherName(LibSsl.GetCipher(ssl))),
            Peer = LibSsl.GetPeerCertificate(ssl) is var peer and not 0 ? Certificate(peer) : null,
            LocalUri = own == 0 ? "" : PeerNames.Of(own).FirstOrDefault(name => name.Kind == NameKind.Uri).Text ?? "",
            IsResumed = LibSsl.SessionReused(ssl) == 1,
        };
    }

    /// <summary>What the peer has presented, its own certificate first, in DER. Of a resumed session only the first is known.</summary>
    public static List<byte[]> PeerCertificates(nint ssl)
    {
        var certificates = new List<byte[]>();
        if (LibSsl.GetPeerCertificate(ssl) is var own and not 0)
        {
            certificates.Add(Der(own));
        }

        // To a server the chain is what stands above the client's own certificate.
        var chain = LibSsl.GetPeerChain(ssl);
        for (var i = 0; chain != 0 && i < LibCrypto.StackCount(chain); i++)
        {
            certificates.Add(Der(LibCrypto.StackValue(chain, i)));
        }

        return certificates;
    }

    private static byte[] Der(nint certificate)
    {
        var bytes = new byte[LibCrypto.CertificateToDer(certificate, null)];
        fixed (byte* start = bytes)
        {
            var target = start;
            _ = LibCrypto.CertificateToDer(certificate, &target);
        }

        return bytes;
    }

    private static string ProtocolOf(nint ssl)
    {
        byte* protocol;
        uint length;
        LibSsl.GetAlpn(ssl, &protocol, &length);
        return length == 0 ? "" : Encoding.ASCII.GetString(protocol, (int)length);
    }

    private static PeerCertificate Certificate(nint certificate)
    {
        var names = PeerNames.Of(certificate);
        return new PeerCertificate
        {
            Uris = [.. Texts(names, NameKind.Uri)],
            DnsNames = [.. Texts(names, NameKind.Dns)],
            Subject = Encoding.UTF8.GetBytes(SubjectOf(certificate)),
            Digest = DigestOf(certificate),
            Uri = names.FirstOrDefault(name => name.Kind == NameKind.Uri).Text ?? "",
        };
    }

    private static IEnumerable<byte[]> Texts(List<SubjectName> names, NameKind kind) =>
        names.Where(name => name.Kind == kind).Select(name => Encoding.ASCII.GetBytes(name.Text));

    private static string DigestOf(nint certificate)
    {
        var digest = stackalloc byte[Sha256Length];
        uint length = Sha256Length;
        _ = LibCrypto.CertificateDigest(certificate, LibCrypto.Sha256(), digest, &length);
        return Convert.ToHexStringLower(new ReadOnlySpan<byte>(digest, Sha256Length));
    }

    private static string SubjectOf(nint certificate)
    {
        const int Longest = 1024;
        var bio = LibCrypto.BioNew(LibCrypto.BioMemory());
        _ = LibCrypto.PrintName(bio, LibCrypto.SubjectName(certificate), 0, LibCrypto.Rfc2253);
        var text = stackalloc byte[Longest];
        var length = LibCrypto.BioRead(bio, text, Longest);
        _ = LibCrypto.BioFree(bio);
        return length > 0 ? Encoding.UTF8.GetString(text, length) : "";
    }

    private static string Text(nint text) => Marshal.PtrToStringUTF8(text) ?? "";
}
