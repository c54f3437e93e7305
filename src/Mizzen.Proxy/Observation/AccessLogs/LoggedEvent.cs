using Mizzen.Proxy.Http;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Observation.AccessLogs;

/// <summary>What an access log line can say, the same for exchanges and for connections. Reused: valid until the next is taken.</summary>
internal sealed class LoggedEvent
{
    /// <summary>Null for connections.</summary>
    public RequestHead? Request { get; private set; }

    public Range OriginalPath { get; private set; }

    public DateTimeOffset Started { get; private set; }

    public long DurationMilliseconds { get; private set; }

    public long UpstreamMilliseconds { get; private set; }

    public int Status { get; private set; }

    public int GrpcStatus { get; private set; }

    public int Attempts { get; private set; }

    public ResponseFlags Flags { get; private set; }

    public string Details { get; private set; } = "";

    public string TransportFailure { get; private set; } = "";

    public long BytesReceived { get; private set; }

    public long BytesSent { get; private set; }

    public string RouteName { get; private set; } = "";

    public byte[] Cluster { get; private set; } = [];

    public NetAddress DownstreamRemote { get; private set; }

    public NetAddress DownstreamLocal { get; private set; }

    public NetAddress UpstreamLocal { get; private set; }

    public NetAddress UpstreamRemote { get; private set; }

    public ConnectionSecurity? Security { get; private set; }

    public ConnectionSecurity? UpstreamSecurity { get; private set; }

    public ReadOnlyMemory<byte> ServerName { get; private set; }

    public void Take(ExchangeRecord record)
    {
        Request = record.Request;
        OriginalPath = record.OriginalPath;
        Started = record.Started;
        DurationMilliseconds = record.DurationMicroseconds / 1000;
        UpstreamMilliseconds = record.UpstreamMilliseconds;
        Status = record.Status;
        GrpcStatus = record.GrpcStatus;
        Attempts = record.Attempts;
        Flags = record.Flags;
        Details = record.Details;
        TransportFailure = record.TransportFailure;
        BytesReceived = record.BytesReceived;
        BytesSent = record.BytesSent;
        RouteName = record.Route?.Name ?? "";
        Cluster = record.Cluster?.Key.Utf8 ?? [];
        DownstreamRemote = record.DownstreamRemote;
        DownstreamLocal = record.DownstreamLocal;
        UpstreamLocal = record.UpstreamLocal;
        UpstreamRemote = record.UpstreamRemote;
        Security = record.Security;
        UpstreamSecurity = record.UpstreamSecurity;
        ServerName = record.RequestedServerName;
    }

    public void Take(ConnectionRecord record)
    {
        Request = null;
        OriginalPath = default;
        Started = record.Started;
        DurationMilliseconds = record.DurationMicroseconds / 1000;
        UpstreamMilliseconds = -1;
        Status = 0;
        GrpcStatus = -1;
        Attempts = 0;
        Flags = record.Flags;
        Details = "";
        TransportFailure = record.TransportFailure;
        BytesReceived = record.BytesReceived;
        BytesSent = record.BytesSent;
        RouteName = "";
        Cluster = record.Cluster?.Key.Utf8 ?? [];
        DownstreamRemote = record.DownstreamRemote;
        DownstreamLocal = record.DownstreamLocal;
        UpstreamLocal = record.UpstreamLocal;
        UpstreamRemote = record.UpstreamRemote;
        Security = record.Security;
        UpstreamSecurity = record.UpstreamSecurity;
        ServerName = record.RequestedServerName;
    }
}
