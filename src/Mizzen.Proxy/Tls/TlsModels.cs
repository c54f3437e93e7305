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

    /// <summary>These settings for one connection.</summary>
    /// <param name="hostName">The endpoint's host name, or its address where it has none.</param>
    /// <param name="use">What is to be spoken.</param>
    public ClientTls For(string hostName, ConnectionUse use)
    {
        var name = ServerName.Length > 0 || !AutoServerName || System.Net.IPAddress.TryParse(hostName, out _) ? ServerName : hostName;
        var names = AutoNames && name.Length > 0 && Names is null ? PeerNames.OfHost(name) : Names;
        var protocols = ProtocolList.For(Protocols, use);
        return ReferenceEquals(name, ServerName) && ReferenceEquals(names, Names) && ReferenceEquals(protocols, Protocols)
            ? this
            : this with { ServerName = name, Names = names, Protocols = protocols };
    }
}

/// <summary>What a connection to an upstream is for.</summary>
internal enum ConnectionUse
{
    Bytes,
    Http1,
    Http2,
}

/// <summary>Lists of application protocols as they stand in ALPN (RFC 7301 section 3.1).</summary>
internal static class ProtocolList
{
    private static readonly byte[] MeshHttp1 = Encode(["istio-http/1.1", "istio", "http/1.1"]);
    private static readonly byte[] MeshHttp2 = Encode(["istio-h2", "istio", "h2"]);
    private static readonly byte[] Http2 = Encode(["h2"]);

    /// <summary>
    /// The list for a connection on which that is to be spoken. Within a mesh a server tells requests from bytes by what its clients offer: what Istio's
    /// ALPN filter does.
    /// </summary>
    public static byte[] For(byte[] list, ConnectionUse use)
    {
        var isMesh = list.AsSpan().IndexOf("\u0005istio"u8) >= 0;
        return use switch
        {
            ConnectionUse.Http1 => isMesh ? MeshHttp1 : list,
            ConnectionUse.Http2 => isMesh ? MeshHttp2 : list.Length == 0 ? Http2 : list,
            _ => list,
        };
    }

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
