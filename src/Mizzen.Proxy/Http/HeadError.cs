namespace Mizzen.Proxy.Http;

/// <summary>Why bytes are not a message that we accept. The values of request errors say which status answers them.</summary>
internal enum HeadError
{
    None,

    /// <summary>The head is not complete yet.</summary>
    Incomplete,

    /// <summary>400: not the grammar of RFC 9112, or ambiguous framing.</summary>
    Malformed,

    /// <summary>414: the request line is too long.</summary>
    TargetTooLong,

    /// <summary>431: too many fields or bytes.</summary>
    TooLarge,

    /// <summary>501: a transfer coding or method (CONNECT) that we do not do.</summary>
    NotImplemented,

    /// <summary>505: not HTTP/1.0 or HTTP/1.1.</summary>
    VersionNotSupported,
}
