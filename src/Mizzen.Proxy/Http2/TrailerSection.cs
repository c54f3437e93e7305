using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Http2;

/// <summary>A header block as trailers (RFC 9113 section 8.1): no pseudo-headers, nothing of the connection.</summary>
internal static class TrailerSection
{
    /// <summary>Decodes the whole block, whatever is in it, so that the connection's state stays right. The trailers are owned only when complete.</summary>
    public static SectionResult Read(HpackDecoder decoder, ReadOnlySpan<byte> block, BufferPool pool, Trailers trailers)
    {
        trailers.Begin(pool);
        var result = SectionResult.Complete;
        var size = 0;
        decoder.Begin();
        var field = default(HpackField);
        HpackStep step;
        while ((step = decoder.Read(ref block, ref field)) == HpackStep.Field)
        {
            size += field.Name.Length + field.Value.Length + HpackDynamicTable.Overhead;
            if (!field.IsWellFormed || field.Name[0] == ':' || IsOfConnection(field.Known))
            {
                result = SectionResult.Malformed;
            }
            else if (size > HttpLimits.TrailerBytes || trailers.FieldCount >= HttpLimits.FieldCount)
            {
                result = SectionResult.TooLarge;
            }
            else if (result == SectionResult.Complete && !Trailers.IsForbidden(field.Known))
            {
                trailers.Append(field.Name, field.Value, field.Known, field.IsSensitive);
            }
        }

        result = step == HpackStep.Error ? SectionResult.Undecodable : result;
        if (result != SectionResult.Complete)
        {
            trailers.Clear();
        }

        return result;
    }

    private static bool IsOfConnection(KnownHeader known) => known is KnownHeader.Connection or KnownHeader.KeepAlive
        or KnownHeader.ProxyConnection or KnownHeader.TransferEncoding or KnownHeader.Upgrade;
}
