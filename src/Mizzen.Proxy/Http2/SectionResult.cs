namespace Mizzen.Proxy.Http2;

/// <summary>What a header block is.</summary>
internal enum SectionResult
{
    Complete,

    /// <summary>Not a message that HTTP/2 allows (RFC 9113 section 8.1.1): an error of the stream.</summary>
    Malformed,

    /// <summary>More fields or bytes than we take; answered with 431 by a server.</summary>
    TooLarge,

    /// <summary>A method that we do not do (CONNECT); answered with 501.</summary>
    NotImplemented,

    /// <summary>The block cannot be decoded: an error of the connection.</summary>
    Undecodable,
}
