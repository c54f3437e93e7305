namespace Mizzen.ControlPlane.Model;

/// <summary>How a gateway speaks TLS with the endpoints of one port of a service (BackendTLSPolicy).</summary>
/// <param name="ServerName">The name that is asked for.</param>
/// <param name="Names">DNS names and URIs of which the certificate must have one.</param>
/// <param name="Authorities">Who must vouch for it, in PEM; null for those that the machine believes.</param>
/// <param name="IsBroken">Nobody is left who could: connections must not be made.</param>
internal sealed record BackendTls(string ServerName, IReadOnlyList<BackendName> Names, string? Authorities, bool IsBroken)
{
    /// <summary>Names of equal text are equal.</summary>
    public bool Equals(BackendTls? other) => other is not null && ServerName == other.ServerName && Authorities == other.Authorities
        && IsBroken == other.IsBroken && Names.SequenceEqual(other.Names);

    public override int GetHashCode() => HashCode.Combine(ServerName, Authorities, IsBroken, Names.Count);
}

/// <summary>A name in a certificate.</summary>
/// <param name="IsUri">A URI, else a DNS name.</param>
/// <param name="Text">The name.</param>
internal sealed record BackendName(bool IsUri, string Text);

/// <summary>By service and port, how gateways speak TLS with backends. Entries that come to the same as before are the same as before.</summary>
internal sealed class BackendTlsIndex
{
    private readonly Dictionary<(string Host, int Port), BackendTls> _byPort;

    private BackendTlsIndex(Dictionary<(string, int), BackendTls> byPort) => _byPort = byPort;

    public static BackendTlsIndex Empty { get; } = new([]);

    public static BackendTlsIndex Of(Dictionary<(string Host, int Port), BackendTls> entries, BackendTlsIndex last)
    {
        var isSame = entries.Count == last._byPort.Count;
        foreach (var (key, entry) in entries.ToList())
        {
            if (last._byPort.TryGetValue(key, out var known) && known == entry)
            {
                entries[key] = known;
            }
            else
            {
                isSame = false;
            }
        }

        return isSame ? last : new BackendTlsIndex(entries);
    }

    public BackendTls? Find(string host, int port) => _byPort.GetValueOrDefault((host, port));
}
