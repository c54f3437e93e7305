using System.Net;
using System.Text;

namespace Mizzen.Proxy.Tls;

/// <summary>Kinds of subject alternative names (RFC 5280 section 4.2.1.6).</summary>
internal enum NameKind
{
    Dns,
    Uri,
    Address,
}

/// <summary>A subject alternative name.</summary>
internal readonly record struct SubjectName(NameKind Kind, string Text);

/// <summary>The names that a peer's certificate must have at least one of.</summary>
/// <param name="Matches">Told a name of the certificate; true for one that is wanted.</param>
/// <param name="Text">The same for all that want the same names.</param>
internal sealed record PeerNames(Func<SubjectName, bool> Matches, string Text)
{
    /// <summary>A DNS name that is the host, or whose wildcard stands for its first label (RFC 6125 section 6.4.3).</summary>
    public static PeerNames OfHost(string host) => new(name => name.Kind == NameKind.Dns && IsFor(name.Text, host), host);

    public static bool IsFor(string pattern, string host)
    {
        if (!pattern.StartsWith("*.", StringComparison.Ordinal))
        {
            return pattern.Equals(host, StringComparison.OrdinalIgnoreCase);
        }

        var dot = host.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && pattern.AsSpan(1).Equals(host.AsSpan(dot), StringComparison.OrdinalIgnoreCase);
    }

    public bool Covers(nint certificate)
    {
        foreach (var name in Of(certificate))
        {
            if (Matches(name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The subject alternative names of a certificate.</summary>
    public static unsafe List<SubjectName> Of(nint certificate)
    {
        var found = new List<SubjectName>();
        var names = LibCrypto.GetExtension(certificate, LibCrypto.NidSubjectAlternativeName, 0, 0);
        if (names == 0)
        {
            return found;
        }

        for (var i = 0; i < LibCrypto.StackCount(names); i++)
        {
            int type;
            var value = LibCrypto.GeneralName(LibCrypto.StackValue(names, i), &type);
            if (type is LibCrypto.NameDns or LibCrypto.NameUri or LibCrypto.NameAddress)
            {
                found.Add(Name(type, new ReadOnlySpan<byte>(LibCrypto.StringData(value), LibCrypto.StringLength(value))));
            }
        }

        LibCrypto.GeneralNamesFree(names);
        return found;
    }

    private static SubjectName Name(int type, ReadOnlySpan<byte> data) => type switch
    {
        LibCrypto.NameUri => new SubjectName(NameKind.Uri, Encoding.ASCII.GetString(data)),
        LibCrypto.NameDns => new SubjectName(NameKind.Dns, Encoding.ASCII.GetString(data)),
        _ => new SubjectName(NameKind.Address, data.Length is 4 or 16 ? new IPAddress(data).ToString() : ""),
    };
}
