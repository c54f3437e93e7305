using System.Globalization;

using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Http;

/// <summary>A response head, read from an upstream or composed here.</summary>
internal sealed class ResponseHead : MessageHead
{
    private Range _reason;

    /// <summary>100 to 999 when read; 200 to 599 when composed.</summary>
    public int Status { get; set; }

    /// <summary>Reason phrase, possibly empty.</summary>
    public ReadOnlySpan<byte> Reason => Bytes.AsSpan(_reason);

    /// <summary>A Content-Length field is there, be it of a body that is not sent.</summary>
    public bool HasDeclaredLength { get; private set; }

    public bool IsInformational => Status is >= 100 and < 200;

    /// <summary>The status never has a body (RFC 9110 section 15).</summary>
    public bool IsBodiless => Status is 204 or 304 || IsInformational;

    /// <summary>Starts an answer of our own.</summary>
    public void Compose(BufferPool pool, int status, BodyFraming framing, long length)
    {
        Own(pool, ReasonPhrases.Of(status));
        _reason = ..Size;
        Status = status;
        Version = 11;
        Framing = framing;
        ContentLength = length;
        if (framing == BodyFraming.Length || (framing == BodyFraming.None && !IsBodiless))
        {
            Span<byte> text = stackalloc byte[20];
            _ = length.TryFormat(text, out var written, default, CultureInfo.InvariantCulture);
            Append("content-length"u8, text[..written]);
            HasDeclaredLength = true;
        }
    }

    /// <summary>Another status, with its usual reason.</summary>
    public void Restate(int status)
    {
        Status = status;
        _reason = Keep(ReasonPhrases.Of(status));
    }

    /// <inheritdoc/>
    public override void ForgetLength()
    {
        base.ForgetLength();
        HasDeclaredLength = false;
    }

    /// <summary>Takes over status and fields of another head.</summary>
    public void CopyFrom(BufferPool pool, ResponseHead other)
    {
        Own(pool, default);
        _reason = Keep(other.Reason);
        Status = other.Status;
        Version = other.Version;
        for (var i = 0; i < other.FieldCount; i++)
        {
            if (!other.IsRemoved(i))
            {
                Append(other.NameOf(i), other.ValueOf(i));
            }
        }
    }

    /// <summary>As <see cref="RequestHead.Read"/>; the framing follows from <paramref name="toHead"/> and the status (RFC 9112 section 6.3).</summary>
    public HeadError Read(BufferPool pool, ReadOnlySpan<byte> input, bool toHead, ref int scanned, out int length)
    {
        length = 0;
        var from = Math.Max(0, scanned - 3);
        var end = input[from..].IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            scanned = input.Length;
            return input.Length > HttpLimits.HeadBytes ? HeadError.TooLarge : JudgeIncomplete(input);
        }

        scanned = 0;
        length = from + end + 4;
        if (length > HttpLimits.HeadBytes)
        {
            return HeadError.TooLarge;
        }

        Own(pool, input[..length]);
        var error = ReadStatusLine(length, out var fieldsStart);
        if (error == HeadError.None)
        {
            error = ReadFields(fieldsStart, length);
        }

        return error == HeadError.None ? ReadMeaning(toHead) : error;
    }

    /// <summary>Ends a head that was added part by part; the body's end is told by the codec where <paramref name="framing"/> is chunked.</summary>
    public void Finish(BodyFraming framing, long length, bool hasDeclaredLength)
    {
        _reason = Keep(ReasonPhrases.Of(Status));
        Framing = framing;
        ContentLength = length;
        HasDeclaredLength = hasDeclaredLength;
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        base.Clear();
        _reason = default;
        Status = 0;
        HasDeclaredLength = false;
    }

    private static HeadError JudgeIncomplete(ReadOnlySpan<byte> input)
    {
        var prefix = "HTTP/1."u8;
        var length = Math.Min(input.Length, prefix.Length);
        return input[..length].SequenceEqual(prefix[..length]) && FieldSyntax.BeginsWithLine(input) ? HeadError.Incomplete : HeadError.Malformed;
    }

    private HeadError ReadStatusLine(int length, out int fieldsStart)
    {
        var all = Bytes.AsSpan(0, length);
        var end = FieldSyntax.IndexOfControl(all);
        fieldsStart = end + 2;
        if (end < 12 || all[end] != '\r' || all[end + 1] != '\n' || !all.StartsWith("HTTP/1."u8) || all[8] != ' '
            || !FieldSyntax.TryReadLength(all[9..12], out var status) || status < 100)
        {
            return HeadError.Malformed;
        }

        // "HTTP/1.1 200" without the space and phrase is common and harmless.
        if (end > 12 && all[12] != ' ')
        {
            return HeadError.Malformed;
        }

        Version = all[7] == '0' ? 10 : 11;
        Status = (int)status;
        _reason = end > 13 ? 13..end : default;
        return HeadError.None;
    }

    private HeadError ReadMeaning(bool toHead)
    {
        var fields = default(FramingFields);
        var error = fields.Read(this);
        if (error != HeadError.None)
        {
            return error;
        }

        if (fields.LengthCount > 1 || fields.CodingCount > 1 || (fields.LengthCount > 0 && fields.CodingCount > 0)
            || (fields.CodingCount > 0 && !fields.Chunked))
        {
            return HeadError.Malformed;
        }

        WantsClose = fields.Close || (Version == 10 && !fields.KeepAlive);
        WantsUpgrade = fields.UpgradeOption && fields.UpgradeField;
        ContentLength = fields.Length;
        if (Status == 204 || IsInformational)
        {
            Remove(KnownHeader.ContentLength);
        }

        if (toHead || IsBodiless)
        {
            Framing = BodyFraming.None;
            HasDeclaredLength = fields.LengthCount > 0;
            return HeadError.None;
        }

        Framing = fields.CodingCount > 0 ? BodyFraming.Chunked : fields.LengthCount > 0 ? BodyFraming.Length : BodyFraming.UntilClose;
        HasDeclaredLength = fields.LengthCount > 0;
        if (Framing == BodyFraming.UntilClose)
        {
            WantsClose = true;
        }

        return HeadError.None;
    }
}
