namespace Mizzen.Proxy.Http;

/// <summary>Why no (complete) response came from an upstream.</summary>
internal enum UpstreamFault
{
    None,

    /// <summary>No connection could be made.</summary>
    ConnectFailed,

    /// <summary>No connection within the connect timeout.</summary>
    ConnectTimeout,

    /// <summary>The connection ended or was reset before the response was complete.</summary>
    Reset,

    /// <summary>The upstream has reset the stream (HTTP/2).</summary>
    RemoteReset,

    /// <summary>The upstream has not begun with the request and will not (HTTP/2: REFUSED_STREAM, GOAWAY): repeating it is safe.</summary>
    Refused,

    /// <summary>What came is not a response that we accept.</summary>
    Protocol,

    /// <summary>A limit of the cluster (connections, pending or active requests) is reached.</summary>
    Overflow,
}
