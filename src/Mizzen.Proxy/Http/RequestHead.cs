using System.Globalization;
using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Http;

/// <summary>A request head: what was read, then what routing and filters made of it.</summary>
internal sealed class RequestHead : MessageHead
{
    private Range _method;
    private Range _target;
    private Range _authority;

    /// <summary>Method token, case-sensitive.</summary>
    public ReadOnlySpan<byte> Method => Bytes.AsSpan(_method);

    /// <summary>Path with query; <c>*</c> for OPTIONS of the server as a whole.</summary>
    public ReadOnlySpan<byte> Path
    {
        get => Bytes.AsSpan(_target);
        set => _target = Keep(value);
    }

    /// <summary>Where <see cref="Path"/> lies, for <see cref="MessageHead.Text"/>; stays readable after a rewrite.</summary>
    public Range PathRange => _target;

    /// <summary>Host with optional port, as it will be sent in Host.</summary>
    public ReadOnlySpan<byte> Authority
    {
        get => Bytes.AsSpan(_authority);
        set
        {
            Remove(KnownHeader.Host);
            _authority = Keep(value);
        }
    }

    /// <summary>The client waits for 100 before it sends the body.</summary>
    public bool ExpectsContinue { get; private set; }

    public bool IsHead { get; private set; }

    /// <summary>
    /// Reads a head from the start of <paramref name="input"/>. On success the bytes are owned and <paramref name="length"/> of them were used.
    /// On an error other than <see cref="HeadError.Incomplete"/> nothing is owned, except that the request line may be readable for the log.
    /// </summary>
    public HeadError Read(BufferPool pool, ReadOnlySpan<byte> input, ref int scanned, out int length)
    {
        length = 0;
        var from = Math.Max(0, scanned - 3);
        var end = input[from..].IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            scanned = input.Length;
            return JudgeIncomplete(input);
        }

        scanned = 0;
        length = from + end + 4;
        if (length > HttpLimits.HeadBytes)
        {
            return HeadError.TooLarge;
        }

        Own(pool, input[..length]);
        var error = ReadRequestLine(length, out var fieldsStart, out var absoluteAuthority);
        if (error == HeadError.None)
        {
            error = ReadFields(fieldsStart, length);
        }

        return error == HeadError.None ? ReadMeaning(absoluteAuthority) : error;
    }

    /// <summary>Starts a request of our own.</summary>
    public void Compose(BufferPool pool, ReadOnlySpan<byte> method, ReadOnlySpan<byte> path, ReadOnlySpan<byte> authority, BodyFraming framing, long length)
    {
        Own(pool, default);
        _method = Keep(method);
        _target = Keep(path);
        _authority = Keep(authority);
        IsHead = method.SequenceEqual("HEAD"u8);
        Version = 11;
        Framing = framing;
        ContentLength = length;
        if (framing == BodyFraming.Length)
        {
            Span<byte> text = stackalloc byte[20];
            _ = length.TryFormat(text, out var written, default, CultureInfo.InvariantCulture);
            Append("content-length"u8, text[..written]);
        }
    }

    /// <summary>Sets the method of a head that is added part by part.</summary>
    public void TakeMethod(ReadOnlySpan<byte> method)
    {
        _method = Keep(method);
        IsHead = method.SequenceEqual("HEAD"u8);
    }

    /// <summary>Ends a head that was added part by part; the body's end is told by the codec where <paramref name="framing"/> is chunked.</summary>
    public void Finish(BodyFraming framing, long length, bool wantsUpgrade)
    {
        Framing = framing;
        ContentLength = length;
        WantsUpgrade = wantsUpgrade;
        ExpectsContinue = framing != BodyFraming.None && Find(KnownHeader.Expect) >= 0;
    }

    /// <summary>Becomes a copy of another head, as it is now.</summary>
    public void CopyFrom(BufferPool pool, RequestHead other)
    {
        Own(pool, default);
        _method = Keep(other.Method);
        _target = Keep(other.Path);
        _authority = Keep(other.Authority);
        IsHead = other.IsHead;
        Version = other.Version;
        Framing = other.Framing;
        ContentLength = other.ContentLength;
        for (var i = 0; i < other.FieldCount; i++)
        {
            if (!other.IsRemoved(i))
            {
                Append(other.NameOf(i), other.ValueOf(i));
            }
        }
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        base.Clear();
        _method = default;
        _target = default;
        _authority = default;
        ExpectsContinue = false;
        IsHead = false;
    }

    private static HeadError JudgeIncomplete(ReadOnlySpan<byte> input)
    {
        var line = input.IndexOf((byte)'\n');
        if (line < 0 && input.Length > HttpLimits.RequestLineBytes)
        {
            return HeadError.TargetTooLong;
        }

        // Garbage is refused at its first bytes instead of being collected up to the limit.
        if (!FieldSyntax.BeginsWithLine(input))
        {
            return HeadError.Malformed;
        }

        return input.Length > HttpLimits.HeadBytes ? HeadError.TooLarge : HeadError.Incomplete;
    }

    private HeadError ReadRequestLine(int length, out int fieldsStart, out Range absoluteAuthority)
    {
        absoluteAuthority = default;
        var all = Bytes.AsSpan(0, length);
        var end = FieldSyntax.IndexOfControl(all);
        fieldsStart = end + 2;
        if (all[end] != '\r' || all[end + 1] != '\n')
        {
            return HeadError.Malformed;
        }

        if (end > HttpLimits.RequestLineBytes)
        {
            return HeadError.TargetTooLong;
        }

        var line = all[..end];
        var first = line.IndexOf((byte)' ');
        var last = line.LastIndexOf((byte)' ');
        if (first <= 0 || last == first || !FieldSyntax.IsToken(line[..first]) || !FieldSyntax.IsTarget(line[(first + 1)..last]))
        {
            return HeadError.Malformed;
        }

        _method = ..first;
        IsHead = line[..first].SequenceEqual("HEAD"u8);
        var error = ReadVersion(line[(last + 1)..]);
        return error == HeadError.None ? ReadTarget(first + 1, last, out absoluteAuthority) : error;
    }

    private HeadError ReadVersion(ReadOnlySpan<byte> text)
    {
        if (text.SequenceEqual("HTTP/1.1"u8))
        {
            Version = 11;
            return HeadError.None;
        }

        if (text.SequenceEqual("HTTP/1.0"u8))
        {
            Version = 10;
            return HeadError.None;
        }

        var wellFormed = text.Length == 8 && text.StartsWith("HTTP/"u8) && text[6] == '.'
            && char.IsAsciiDigit((char)text[5]) && char.IsAsciiDigit((char)text[7]);
        return wellFormed ? HeadError.VersionNotSupported : HeadError.Malformed;
    }

    /// <summary>The four forms of RFC 9112 section 3.2.</summary>
    private HeadError ReadTarget(int start, int end, out Range authority)
    {
        authority = default;
        var target = Bytes.AsSpan(start, end - start);
        if (Method.SequenceEqual("CONNECT"u8))
        {
            return HeadError.NotImplemented;
        }

        if (target[0] == '/')
        {
            _target = start..end;
            return HeadError.None;
        }

        if (target is [(byte)'*'])
        {
            _target = start..end;
            return Method.SequenceEqual("OPTIONS"u8) ? HeadError.None : HeadError.Malformed;
        }

        var scheme = target.StartsWith("http://"u8) ? 7 : target.StartsWith("https://"u8) ? 8 : 0;
        if (scheme == 0)
        {
            return HeadError.Malformed;
        }

        var rest = target[scheme..];
        var slash = rest.IndexOfAny((byte)'/', (byte)'?');
        var host = slash < 0 ? rest : rest[..slash];
        if (host.IsEmpty || !FieldSyntax.IsAuthority(host))
        {
            return HeadError.Malformed;
        }

        authority = (start + scheme)..(start + scheme + host.Length);
        _target = slash >= 0 && rest[slash] == '/' ? (start + scheme + slash)..end : default;
        return slash >= 0 && rest[slash] == '?' ? HeadError.Malformed : HeadError.None;
    }

    private HeadError ReadMeaning(Range absoluteAuthority)
    {
        var fields = default(FramingFields);
        var error = fields.Read(this);
        if (error != HeadError.None)
        {
            return error;
        }

        if (fields.HostCount > 1 || (fields.HostCount == 0 && Version == 11) || fields.ExpectUnknown)
        {
            return HeadError.Malformed;
        }

        WantsClose = fields.Close || (Version == 10 && !fields.KeepAlive);
        ExpectsContinue = fields.ExpectContinue && Version == 11;
        error = ReadFraming(in fields);
        if (error != HeadError.None)
        {
            return error;
        }

        WantsUpgrade = fields.UpgradeOption && fields.UpgradeField && Version == 11 && Framing == BodyFraming.None;
        if (!WantsUpgrade)
        {
            Remove(KnownHeader.Upgrade);
        }

        return ReadAuthority(in fields, absoluteAuthority);
    }

    private HeadError ReadFraming(in FramingFields fields)
    {
        if (fields.LengthCount > 1 || (fields.LengthCount > 0 && fields.CodingCount > 0) || (fields.CodingCount > 0 && Version == 10))
        {
            return HeadError.Malformed;
        }

        if (fields.CodingCount > 0)
        {
            if (fields.CodingCount > 1)
            {
                return HeadError.Malformed;
            }

            Framing = BodyFraming.Chunked;
            return fields.Chunked ? HeadError.None : HeadError.NotImplemented;
        }

        Framing = fields.LengthCount > 0 && fields.Length > 0 ? BodyFraming.Length : BodyFraming.None;
        ContentLength = fields.Length;
        return HeadError.None;
    }

    private HeadError ReadAuthority(in FramingFields fields, Range absoluteAuthority)
    {
        if (fields.HostCount > 0)
        {
            var host = ValueOf(fields.HostIndex);
            if (!FieldSyntax.IsAuthority(host))
            {
                return HeadError.Malformed;
            }

            var field = host;
            _ = field.Overlaps(Bytes, out var offset);
            _authority = field.IsEmpty ? default : -offset..(-offset + field.Length);
        }

        if (!absoluteAuthority.Equals(default))
        {
            // RFC 9112 section 3.2.2: the target's authority replaces Host.
            Remove(KnownHeader.Host);
            _authority = absoluteAuthority;
        }

        if (_target.Equals(default))
        {
            _target = Keep(Method.SequenceEqual("OPTIONS"u8) ? "*"u8 : "/"u8);
        }

        return HeadError.None;
    }
}
