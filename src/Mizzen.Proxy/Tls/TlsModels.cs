using System.Text;

namespace Mizzen.Proxy.Tls;

/// <summary>How a filter chain speaks TLS to its clients (<c>DownstreamTlsContext</c>).</summary>
internal sealed record ServerTls
{
    /// <summary>What <see cref="Context"/> is made of.</summary>
    public TlsSpec Spec { get; init; } = new() { IsServer = true };

    /// <summary>Null while a certificate is missing: every handshake fails.</summary>
    public TlsContext? Context { get; init; }

    /// <summary>The application protocols that we speak, best first, as ALPN lists them on the wire; empty for none.</summary>
    public byte[] Protocols { get; init; } = [];

    /// <summary>Clients must present a certificate.</summary>
    public bool RequiresClientCertificate { get; init; }

    /// <summary>A certificate that a client presents is verified.</summary>
    public bool VerifiesClients { get; init; }

    /// <summary>Names of which the client's certificate must have one; null for any.</summary>
    public PeerNames? Names { get; init; }

    /// <summary>Milliseconds that a handshake may take (<c>transport_socket_connect_timeout</c>).</summary>
    public long HandshakeTimeout { get; init; } = DefaultHandshakeTimeout;

    /// <summary>Istio's for gateways; Envoy's default is none, which would let silent clients hold connections.</summary>
    public const long DefaultHandshakeTimeout = 15_000;
}

/// <summary>How connections to an upstream speak TLS (<c>UpstreamTlsContext</c>).</summary>
internal sealed record ClientTls
{
    /// <summary>What <see cref="Context"/> is made of.</summary>
    public TlsSpec Spec { get; init; } = new();

    /// <summary>Null while a certificate is missing: every connection fails.</summary>
    public TlsContext? Context { get; init; }

    /// <summary>The server name that we ask for; empty for none.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>Where <see cref="ServerName"/> is empty, ask for the endpoint's host name (<c>auto_sni</c>).</summary>
    public bool AutoServerName { get; init; }

    /// <summary>The server's certificate must be for the server name that we ask for (<c>auto_san_validation</c>).</summary>
    public bool AutoNames { get; init; }

    /// <summary>The application protocols that we speak, best first, as ALPN lists them on the wire; empty for none.</summary>
    public byte[] Protocols { get; init; } = [];

    /// <summary>The server's certificate is verified.</summary>
    public bool VerifiesServer { get; init; }

    /// <summary>Names of which the server's certificate must have one; null for any.</summary>
    public PeerNames? Names { get; init; }

    /// <summary>These settings for one endpoint.</summary>
    /// <param name="hostName">Its host name, or its address where it has none.</param>
    public ClientTls For(string hostName)
    {
        var name = ServerName.Length > 0 || !AutoServerName || System.Net.IPAddress.TryParse(hostName, out _) ? ServerName : hostName;
        var names = AutoNames && name.Length > 0 && Names is null ? PeerNames.OfHost(name) : Names;
        return ReferenceEquals(name, ServerName) && ReferenceEquals(names, Names) ? this : this with { ServerName = name, Names = names };
    }
}

/// <summary>Lists of application protocols as they stand in ALPN (RFC 7301 section 3.1).</summary>
internal static class ProtocolList
{
    /// <exception cref="InvalidDataException">A name is empty or longer than 255 bytes.</exception>
    public static byte[] Encode(IEnumerable<string> names)
    {
        var list = new List<byte>();
        foreach (var name in names)
        {
            var bytes = Encoding.ASCII.GetBytes(name);
            if (bytes.Length is 0 or > byte.MaxValue)
            {
                throw new InvalidDataException($"alpn_protocols: '{name}' is not an application protocol");
            }

            list.Add((byte)bytes.Length);
            list.AddRange(bytes);
        }

        return [.. list];
    }
}
