namespace Mizzen.Proxy.Runtime;

/// <summary>An access log.</summary>
internal abstract record AccessLogModel
{
    /// <summary>What is worth a line; null for everything.</summary>
    public AccessLogFilterModel? Filter { get; init; }
}

/// <summary>An access log in a file.</summary>
/// <param name="Path">Where lines go; /dev/stdout and /dev/stderr are the process's own.</param>
/// <param name="Format">What a line says.</param>
internal sealed record FileLogModel(string Path, AccessLogFormat Format) : AccessLogModel;

/// <summary>An access log at a collector that speaks OTLP over gRPC (<c>envoy.access_loggers.open_telemetry</c>).</summary>
/// <param name="Cluster">The collector.</param>
/// <param name="Authority">What calls name it.</param>
internal sealed record CollectorLogModel(ClusterKey Cluster, byte[] Authority) : AccessLogModel
{
    /// <summary>Milliseconds that a call may take.</summary>
    public long Timeout { get; init; }

    /// <summary>Bytes of records after which they are sent; those that are fewer are sent after a second.</summary>
    public int BatchBytes { get; init; }

    /// <summary>Fields of each call.</summary>
    public IReadOnlyList<HeaderAddition> Metadata { get; init; } = [];

    /// <summary>The text of a record; empty for none.</summary>
    public IReadOnlyList<AccessLogPart> Body { get; init; } = [];

    /// <summary>Attributes of a record by their names.</summary>
    public IReadOnlyList<(string Key, IReadOnlyList<AccessLogPart> Parts)> Attributes { get; init; } = [];

    /// <summary>Attributes of the proxy itself.</summary>
    public IReadOnlyList<(string Key, string Value)> Resource { get; init; } = [];

    /// <summary>Whether <c>node_name</c> is among the attributes of the proxy.</summary>
    public bool NamesNode { get; init; }

    /// <summary>Counts records that the collector has taken.</summary>
    public required CounterKey Written { get; init; }

    /// <summary>Counts records that it has not.</summary>
    public required CounterKey Dropped { get; init; }
}

/// <summary>A condition for a line.</summary>
internal abstract record AccessLogFilterModel
{
    private AccessLogFilterModel()
    {
    }

    /// <summary>The status, or the milliseconds that it took.</summary>
    internal sealed record Comparison(bool OfDuration, ComparisonKind Kind, long Value) : AccessLogFilterModel;

    /// <summary>A share, in millionths.</summary>
    internal sealed record Share(uint PerMillion) : AccessLogFilterModel;

    internal sealed record All(IReadOnlyList<AccessLogFilterModel> Filters) : AccessLogFilterModel;

    internal sealed record Any(IReadOnlyList<AccessLogFilterModel> Filters) : AccessLogFilterModel;

    /// <summary>A condition on the request; it never holds for a connection.</summary>
    internal sealed record Header(HeaderMatchModel Match) : AccessLogFilterModel;

    /// <summary>One of these response flags (short names); none at all stand for any flag.</summary>
    internal sealed record Flags(IReadOnlyList<string> Names) : AccessLogFilterModel;
}

/// <summary>How a number is compared.</summary>
internal enum ComparisonKind
{
    Equal,
    AtLeast,
    AtMost,
    NotEqual,
}

/// <summary>A compiled line format: the fields of a JSON object, or one nameless field that is the line itself.</summary>
internal sealed record AccessLogFormat(bool IsJson, IReadOnlyList<AccessLogField> Fields);

/// <summary>One value of a line.</summary>
/// <param name="Key">The JSON key as it is written, with quotes and escapes; empty in text.</param>
/// <param name="Parts">What is written one after the other.</param>
internal sealed record AccessLogField(byte[] Key, IReadOnlyList<AccessLogPart> Parts);

/// <summary>Fixed text or a command operator.</summary>
/// <param name="Operator">Which.</param>
/// <param name="Text">The fixed text, or the operator's first argument (a header name in lower case).</param>
/// <param name="Alternative">The header to take when the first is missing; empty for none.</param>
/// <param name="MaxLength">Bytes after which the value is cut; 0 for no limit.</param>
internal sealed record AccessLogPart(AccessLogOperator Operator, byte[] Text, byte[] Alternative, int MaxLength = 0);

/// <summary>Envoy's command operators that this proxy writes.</summary>
internal enum AccessLogOperator
{
    Literal,
    StartTime,
    RequestHeader,
    RequestHeaderWithoutQuery,
    UpstreamServiceTime,
    Protocol,
    ResponseCode,
    ResponseCodeDetails,
    ResponseFlags,
    ResponseFlagsLong,
    ConnectionTerminationDetails,
    UpstreamTransportFailureReason,
    BytesReceived,
    BytesSent,
    Duration,
    UpstreamHost,
    UpstreamCluster,
    UpstreamLocalAddress,
    UpstreamRemoteAddress,
    UpstreamRequestAttemptCount,
    DownstreamLocalAddress,
    DownstreamLocalAddressWithoutPort,
    DownstreamLocalPort,
    DownstreamRemoteAddress,
    DownstreamRemoteAddressWithoutPort,
    DownstreamRemotePort,
    RequestedServerName,
    DownstreamPeerUriSan,
    DownstreamLocalUriSan,
    DownstreamPeerSubject,
    DownstreamPeerFingerprint,
    DownstreamTlsVersion,
    DownstreamTlsCipher,
    UpstreamPeerUriSan,
    UpstreamTlsVersion,
    UpstreamTlsCipher,
    RouteName,
    GrpcStatus,
    GrpcStatusNumber,
    Hostname,
}
