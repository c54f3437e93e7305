namespace Mizzen.Proxy.Http2;

/// <summary>A header block of a stream that is refused or gone: read for the connection's state only.</summary>
internal static class DiscardedSection
{
    /// <summary>False when it cannot be decoded.</summary>
    public static bool Read(HpackDecoder decoder, ReadOnlySpan<byte> block)
    {
        decoder.Begin();
        var field = default(HpackField);
        HpackStep step;
        do
        {
            step = decoder.Read(ref block, ref field);
        }
        while (step == HpackStep.Field);
        return step == HpackStep.End;
    }
}
