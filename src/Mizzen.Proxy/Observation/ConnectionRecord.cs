using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Observation;

/// <summary>What happened to one proxied TCP connection.</summary>
internal sealed record ConnectionRecord
{
    public required ListenerModel Listener { get; init; }

    public TcpModel? Tcp { get; init; }

    public ClusterModel? Cluster { get; set; }

    public EndpointModel? Endpoint { get; set; }

    public ResponseFlags Flags { get; set; }

    public DateTimeOffset Started { get; init; }

    public long DurationMicroseconds { get; set; }

    public long BytesReceived { get; set; }

    public long BytesSent { get; set; }

    public NetAddress DownstreamRemote { get; init; }

    public NetAddress DownstreamLocal { get; init; }

    /// <summary>Who the client has proven to be; null for plain text.</summary>
    public PeerCertificate? Peer => Security?.Peer;

    /// <summary>The server name of the client's TLS handshake; empty where there is none.</summary>
    public ReadOnlyMemory<byte> RequestedServerName { get; init; }

    /// <summary>Envoy's %CONNECTION_TERMINATION_DETAILS%, empty when there is nothing to say.</summary>
    public string TerminationDetails { get; set; } = "";

    public NetAddress UpstreamLocal { get; set; }

    public NetAddress UpstreamRemote { get; set; }

    /// <summary>What the client's TLS handshake has established; null for a plain connection.</summary>
    public ConnectionSecurity? Security { get; init; }

    /// <summary>What the TLS handshake with the upstream has established; null for a plain connection.</summary>
    public ConnectionSecurity? UpstreamSecurity { get; set; }

    /// <summary>Envoy's %UPSTREAM_TRANSPORT_FAILURE_REASON%, empty when there was none.</summary>
    public string TransportFailure { get; set; } = "";
}
