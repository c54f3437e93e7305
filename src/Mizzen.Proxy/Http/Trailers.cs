using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Http;

/// <summary>The trailer section of a chunked body. Fields that would change framing, routing or the connection are dropped (RFC 9110 section 6.5.1).</summary>
internal sealed class Trailers : MessageHead
{
    /// <summary>Reads a section that ends with an empty line.</summary>
    public HeadError Read(BufferPool pool, ReadOnlySpan<byte> section)
    {
        Own(pool, section);
        var error = ReadFields(0, section.Length);
        for (var i = 0; i < FieldCount; i++)
        {
            if (IsForbidden(KnownOf(i)))
            {
                RemoveAt(i);
            }
        }

        return error;
    }

    /// <summary>Takes a copy of another section.</summary>
    public void CopyFrom(BufferPool pool, Trailers other)
    {
        Begin(pool);
        for (var i = 0; i < other.FieldCount; i++)
        {
            if (!other.IsRemoved(i))
            {
                Append(other.NameOf(i), other.ValueOf(i), other.KnownOf(i), other.IsSensitive(i));
            }
        }
    }

    /// <summary>A field that has no business behind a body.</summary>
    public static bool IsForbidden(KnownHeader known) => known is KnownHeader.Host or KnownHeader.ContentLength or KnownHeader.TransferEncoding
        or KnownHeader.Connection or KnownHeader.Te or KnownHeader.Trailer or KnownHeader.Upgrade or KnownHeader.KeepAlive or KnownHeader.Expect;
}
