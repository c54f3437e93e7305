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

    public NetAddress UpstreamLocal { get; set; }

    public NetAddress UpstreamRemote { get; set; }
}
