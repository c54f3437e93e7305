namespace Mizzen.Proxy.Http;

/// <summary>Where one field line lies in the bytes of its head; the line includes its line end.</summary>
internal struct HeaderField
{
    public int LineStart;
    public int NameLength;
    public int ValueStart;
    public int ValueLength;
    public int LineEnd;
    public KnownHeader Known;
    public bool IsRemoved;

    /// <summary>Came as a literal that is never to be indexed (RFC 7541 section 6.2.3).</summary>
    public bool IsSensitive;
}
