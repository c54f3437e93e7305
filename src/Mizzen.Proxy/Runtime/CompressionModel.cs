namespace Mizzen.Proxy.Runtime;

/// <summary>How bodies are made smaller.</summary>
internal enum ContentCoding
{
    Gzip,
    Brotli,
}

/// <summary>Compression of responses (<c>envoy.filters.http.compressor</c>).</summary>
internal sealed record CompressionModel : FilterSettings
{
    public ContentCoding Coding { get; init; }

    /// <summary>1 (fast) to 9 (small) for gzip, 0 to 11 for Brotli.</summary>
    public int Level { get; init; }

    /// <summary>Bytes below which it is not worth it.</summary>
    public long MinLength { get; init; } = 30;

    /// <summary>Media types, without parameters.</summary>
    public IReadOnlyList<byte[]> ContentTypes { get; init; } = [];

    /// <summary>Leave responses with an ETag alone, instead of taking it away.</summary>
    public bool KeepsTagged { get; init; }

    /// <summary>The upstream is not to compress itself.</summary>
    public bool RemovesAcceptEncoding { get; init; }
}
