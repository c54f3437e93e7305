using Mizzen.Proxy.Http;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Filters.Rbac;

/// <summary>What access is decided on: a request, or a connection of which nothing is read.</summary>
internal readonly ref struct RbacSubject
{
    /// <summary>The request; null for a connection: conditions on requests do not hold then.</summary>
    public RequestHead? Request { get; init; }

    public PeerCertificate? Peer { get; init; }

    public ReadOnlySpan<byte> RequestedServerName { get; init; }

    /// <summary>The other end of the connection.</summary>
    public NetAddress DirectRemote { get; init; }

    /// <summary>The client as trusted proxies in front have told it.</summary>
    public NetAddress Remote { get; init; }

    public NetAddress Local { get; init; }

    /// <summary>What filters in front have found out; null for a connection.</summary>
    public DynamicMetadata? Metadata { get; init; }

    public static RbacSubject Of(ExchangeRecord record) => new()
    {
        Request = record.Request,
        Peer = record.Peer,
        RequestedServerName = record.RequestedServerName.Span,
        DirectRemote = record.DownstreamRemote,
        Remote = TrustedClient.Of(record.Request, record.DownstreamRemote, record.Http!),
        Local = record.DownstreamLocal,
        Metadata = record.Metadata,
    };

    public static RbacSubject Of(ConnectionRecord record) => new()
    {
        Peer = record.Peer,
        RequestedServerName = record.RequestedServerName.Span,
        DirectRemote = record.DownstreamRemote,
        Remote = record.DownstreamRemote,
        Local = record.DownstreamLocal,
    };
}
