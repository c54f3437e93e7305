namespace Mizzen.Proxy.Http;

/// <summary>How a body's end is known (RFC 9112 section 6).</summary>
internal enum BodyFraming
{
    None,
    Length,
    Chunked,
    UntilClose,
}
