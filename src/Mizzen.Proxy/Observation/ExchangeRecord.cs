using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Observation;

/// <summary>What happened to one HTTP exchange. Filled while it runs, read once when it ends, then reused: copy what must live on.</summary>
internal sealed class ExchangeRecord
{
    /// <summary>The request as routing and filters left it.</summary>
    public RequestHead Request { get; set; } = new();

    public ListenerModel? Listener { get; set; }

    public HttpModel? Http { get; set; }

    public RouteModel? Route { get; set; }

    public ClusterModel? Cluster { get; set; }

    public EndpointModel? Endpoint { get; set; }

    /// <summary>Status sent to the client, 0 when none was.</summary>
    public int Status { get; set; }

    /// <summary>gRPC status of the response, -1 when it has none.</summary>
    public int GrpcStatus { get; set; } = -1;

    public ResponseFlags Flags { get; set; }

    /// <summary>Envoy's %RESPONSE_CODE_DETAILS%.</summary>
    public string Details { get; set; } = "";

    /// <summary>Envoy's %UPSTREAM_TRANSPORT_FAILURE_REASON%, empty when there was none.</summary>
    public string TransportFailure { get; set; } = "";

    /// <summary>Wall clock at the start.</summary>
    public DateTimeOffset Started { get; set; }

    /// <summary>Microseconds from the request's head to the end of the response.</summary>
    public long DurationMicroseconds { get; set; }

    /// <summary>Milliseconds until the upstream's response head, -1 when there was none (x-envoy-upstream-service-time).</summary>
    public long UpstreamMilliseconds { get; set; } = -1;

    /// <summary>Body bytes from the client.</summary>
    public long BytesReceived { get; set; }

    /// <summary>Body bytes to the client.</summary>
    public long BytesSent { get; set; }

    /// <summary>gRPC messages from the client; 0 for what is not gRPC.</summary>
    public long RequestMessages { get; set; }

    /// <summary>gRPC messages to the client; 0 for what is not gRPC.</summary>
    public long ResponseMessages { get; set; }

    /// <summary>Upstream attempts, 0 when none was made.</summary>
    public int Attempts { get; set; }

    public NetAddress DownstreamRemote { get; set; }

    public NetAddress DownstreamLocal { get; set; }

    /// <summary>Who the client has proven to be; null for plain text.</summary>
    public PeerCertificate? Peer => Security?.Peer;

    /// <summary>The server name of the client's TLS handshake; empty where there is none.</summary>
    public ReadOnlyMemory<byte> RequestedServerName => Security?.ServerName;

    /// <summary>What filters have found out about the request.</summary>
    public DynamicMetadata Metadata { get; } = new();

    public NetAddress UpstreamLocal { get; set; }

    public NetAddress UpstreamRemote { get; set; }

    /// <summary>What the client's TLS handshake has established; null for a plain connection.</summary>
    public ConnectionSecurity? Security { get; set; }

    /// <summary>What the TLS handshake with the upstream has established; null for a plain connection.</summary>
    public ConnectionSecurity? UpstreamSecurity { get; set; }

    /// <summary>Path before any rewrite.</summary>
    public Range OriginalPath { get; set; }

    /// <summary>Value of x-envoy-peer-metadata from the peer (base64 of a Struct), empty when it sent none. From the client on inbound, from the server on outbound listeners.</summary>
    public ReadOnlySpan<byte> PeerMetadata => _peer.AsSpan(0, _peerLength);

    private byte[] _peer = [];
    private int _peerLength;

    public void SetPeerMetadata(ReadOnlySpan<byte> value)
    {
        if (_peer.Length < value.Length)
        {
            _peer = new byte[Math.Max(512, value.Length)];
        }

        value.CopyTo(_peer);
        _peerLength = value.Length;
    }

    /// <summary>Back to the state before any request.</summary>
    public void Clear()
    {
        Request.Clear();
        Listener = null;
        Http = null;
        Route = null;
        Cluster = null;
        Endpoint = null;
        Status = 0;
        GrpcStatus = -1;
        Flags = ResponseFlags.None;
        Details = "";
        TransportFailure = "";
        DurationMicroseconds = 0;
        UpstreamMilliseconds = -1;
        BytesReceived = 0;
        BytesSent = 0;
        RequestMessages = 0;
        ResponseMessages = 0;
        Attempts = 0;
        DownstreamRemote = default;
        DownstreamLocal = default;
        Metadata.Clear();
        UpstreamLocal = default;
        UpstreamRemote = default;
        Security = null;
        UpstreamSecurity = null;
        OriginalPath = default;
        _peerLength = 0;
    }
}
