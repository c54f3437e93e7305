namespace Mizzen.Proxy.Runtime;

/// <summary>What is done with the Server response header (<c>server_header_transformation</c>).</summary>
internal enum ServerHeaderMode
{
    Overwrite,
    AppendIfAbsent,
    PassThrough,
}

/// <summary>What is done with x-forwarded-client-cert (<c>forward_client_cert_details</c>). Values as in Envoy's API.</summary>
internal enum ClientCertificateHeader
{
    /// <summary>Removed.</summary>
    Sanitize,

    /// <summary>Passed on from clients with a certificate.</summary>
    ForwardOnly,

    /// <summary>The client's certificate is appended.</summary>
    AppendForward,

    /// <summary>Replaced by the client's certificate.</summary>
    SanitizeSet,

    /// <summary>Passed on from anybody.</summary>
    AlwaysForwardOnly,
}

/// <summary>What x-forwarded-client-cert tells beside the certificate's digest and our own name.</summary>
[Flags]
internal enum ClientCertificateFields
{
    None = 0,
    Subject = 1,
    Dns = 2,
    Uri = 4,
    Cert = 8,
    Chain = 16,
}

/// <summary>Which version of HTTP a connection manager speaks (<c>codec_type</c>).</summary>
internal enum HttpCodec
{
    /// <summary>HTTP/2 where the client begins with its preface, else HTTP/1.1.</summary>
    Auto,

    Http1,
    Http2,
}

/// <summary>An HTTP connection manager.</summary>
internal sealed record HttpModel
{
    public string StatPrefix { get; init; } = "";

    /// <summary>The counters under that prefix.</summary>
    public HttpCounters Counters => field ??= new HttpCounters(StatPrefix);

    public HttpCodec Codec { get; init; }

    public Http2Model Http2 { get; init; } = Http2Model.Default;

    /// <summary>Name of the route table, for the configuration dump and logs.</summary>
    public string RouteName { get; init; } = "";

    /// <summary>Null until RDS has delivered it: requests get 404.</summary>
    public RouteTable? Routes { get; init; }

    /// <summary>Milliseconds without a request after which a connection is closed; 0 for never. Envoy's default is an hour.</summary>
    public long IdleTimeout { get; init; } = 3_600_000;

    /// <summary>Milliseconds without progress after which a stream is ended; 0 for never (Istio's default).</summary>
    public long StreamIdleTimeout { get; init; }

    /// <summary>Milliseconds that the head of a request may take from its first byte on (<c>request_headers_timeout</c>).</summary>
    public long HeadTimeout { get; init; } = 60_000;

    /// <summary>Milliseconds that a request may take from its head to its end (<c>request_timeout</c>); 0 for no limit (Envoy's default).</summary>
    public long RequestTimeout { get; init; }

    /// <summary>Trust the connection's address and append it to x-forwarded-for (gateways); otherwise the header passes as it is.</summary>
    public bool UseRemoteAddress { get; init; }

    public ClientCertificateHeader ClientCertificate { get; init; }

    public ClientCertificateFields ClientCertificateFields { get; init; }

    public bool SkipForwardedForAppend { get; init; }

    /// <summary>Proxies in front whose x-forwarded-for is believed (<c>xff_num_trusted_hops</c>).</summary>
    public int TrustedHops { get; init; }

    /// <summary>Make an x-request-id where there is none.</summary>
    public bool GenerateRequestId { get; init; } = true;

    public bool PreserveExternalRequestId { get; init; }

    public bool AlwaysSetRequestIdInResponse { get; init; }

    /// <summary>Resolve dot segments of the path before anything looks at it (<c>normalize_path</c>).</summary>
    public bool NormalizePath { get; init; }

    /// <summary>Make one slash of several in a row.</summary>
    public bool MergeSlashes { get; init; }

    public byte[] ServerName { get; init; } = "envoy"u8.ToArray();

    public ServerHeaderMode ServerHeader { get; init; }

    /// <summary>Upgrade tokens that may become tunnels, in lower case; Istio enables websocket.</summary>
    public IReadOnlyList<byte[]> UpgradeTypes { get; init; } = ["websocket"u8.ToArray()];

    /// <summary>The filters between routing and forwarding, in the order in which a request passes them.</summary>
    public IReadOnlyList<HttpFilterModel> Filters { get; init; } = [];

    public IReadOnlyList<AccessLogModel> AccessLogs { get; init; } = [];

    /// <summary>Read (and remove) the peer's metadata from requests: inbound listeners.</summary>
    public bool ReceivesPeerMetadata { get; init; }

    /// <summary>Add our metadata to requests: outbound listeners and gateways.</summary>
    public bool SendsPeerMetadata { get; init; }
}
