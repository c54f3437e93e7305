namespace Mizzen.Proxy.Http;

/// <summary>Sizes beyond which a peer is refused. Defaults are Envoy's where Envoy has one.</summary>
internal static class HttpLimits
{
    /// <summary>Bytes of a request or response head.</summary>
    public const int HeadBytes = 60 * 1024;

    /// <summary>Fields in one head or trailer section.</summary>
    public const int FieldCount = 100;

    /// <summary>Bytes of a request line.</summary>
    public const int RequestLineBytes = 32 * 1024;

    /// <summary>Bytes of a trailer section.</summary>
    public const int TrailerBytes = 16 * 1024;

    /// <summary>Bytes of one chunk-size line with its extensions.</summary>
    public const int ChunkLineBytes = 1024;

    /// <summary>Request body bytes that are read and dropped to save a connection whose request was answered early.</summary>
    public const int DiscardedBodyBytes = 64 * 1024;
}
