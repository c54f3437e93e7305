using System.Net;

namespace Mizzen.Identity;

/// <summary>What a certificate says: its subject, its other names and what it may be used for.</summary>
public sealed record CertificateProfile
{
    /// <summary>CN of the subject; in a Kubernetes client certificate the user's name. Null or empty: an empty subject, as in an SVID.</summary>
    public string? CommonName { get; init; }

    /// <summary>O of the subject, one each; in a Kubernetes client certificate the user's groups.</summary>
    public IReadOnlyList<string> Organizations { get; init; } = [];

    /// <summary>DNS names of the subject alternative name extension.</summary>
    public IReadOnlyList<string> DnsNames { get; init; } = [];

    /// <summary>IP addresses of the subject alternative name extension.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>URIs of the subject alternative name extension; an X.509 SVID has exactly one (X509-SVID section 2).</summary>
    public IReadOnlyList<SpiffeId> SpiffeIds { get; init; } = [];

    /// <summary>The certificate may be presented by a server.</summary>
    public bool Server { get; init; }

    /// <summary>The certificate may be presented by a client.</summary>
    public bool Client { get; init; }

    /// <summary>How long the certificate holds, counted from now; cut to the end of the authority's own certificate.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(365);

    /// <summary>A server certificate for these names and addresses.</summary>
    public static CertificateProfile ForServer(IReadOnlyList<string> dnsNames, IReadOnlyList<IPAddress> addresses) =>
        new() { CommonName = dnsNames.Count > 0 ? dnsNames[0] : null, DnsNames = dnsNames, Addresses = addresses, Server = true };

    /// <summary>A Kubernetes client certificate: user name and groups.</summary>
    public static CertificateProfile ForClient(string user, params IReadOnlyList<string> groups) =>
        new() { CommonName = user, Organizations = groups, Client = true };

    /// <summary>A workload's certificate (X.509 SVID), good for both sides of a connection.</summary>
    public static CertificateProfile ForWorkload(SpiffeId id, TimeSpan lifetime) =>
        new() { SpiffeIds = [id], Server = true, Client = true, Lifetime = lifetime };
}
