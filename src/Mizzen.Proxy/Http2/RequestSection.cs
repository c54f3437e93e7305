using System.Text;

using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Http2;

/// <summary>A header block as a request head (RFC 9113 sections 8.2 and 8.3.1). Strict: what HTTP/1.1 could read in another way is refused.</summary>
internal ref struct RequestSection
{
    private readonly RequestHead _head;
    private readonly bool _allowConnect;
    private SectionResult _result;
    private Pseudo _seen;
    private int _size;
    private int _lengths;
    private long _length;
    private int _cookie;
    private bool _isConnect;
    private bool _regular;

    private RequestSection(RequestHead head, bool allowConnect)
    {
        _head = head;
        _allowConnect = allowConnect;
        _cookie = -1;
    }

    [Flags]
    private enum Pseudo
    {
        None = 0,
        Method = 1,
        Scheme = 2,
        Path = 4,
        Authority = 8,
        Protocol = 16,
    }

    /// <summary>Decodes the whole block, whatever is in it, so that the connection's state stays right. The head is owned only when complete.</summary>
    public static SectionResult Read(
        HpackDecoder decoder, ReadOnlySpan<byte> block, BufferPool pool, RequestHead head, bool endOfStream, bool allowConnect)
    {
        head.Begin(pool);
        var section = new RequestSection(head, allowConnect);
        decoder.Begin();
        var field = default(HpackField);
        HpackStep step;
        while ((step = decoder.Read(ref block, ref field)) == HpackStep.Field)
        {
            section.Take(in field);
        }

        var result = step == HpackStep.Error ? SectionResult.Undecodable : section.Finish(endOfStream);
        if (result != SectionResult.Complete)
        {
            head.Clear();
        }

        return result;
    }

    private void Take(scoped in HpackField field)
    {
        _size += field.Name.Length + field.Value.Length + HpackDynamicTable.Overhead;
        if (_size > HttpLimits.HeadBytes || _head.FieldCount >= HttpLimits.FieldCount)
        {
            _result = _result == SectionResult.Malformed ? _result : SectionResult.TooLarge;
        }

        if (!field.IsWellFormed)
        {
            _result = SectionResult.Malformed;
        }

        if (_result != SectionResult.Complete)
        {
            return;
        }

        var isRight = field.Name[0] == ':' ? TakePseudo(in field) : TakeRegular(in field);
        _result = isRight ? _result : SectionResult.Malformed;
    }

    private bool TakePseudo(scoped in HpackField field)
    {
        var value = field.Value;
        switch (field.Name)
        {
            case var name when name.SequenceEqual(":method"u8):
                _isConnect = value.SequenceEqual("CONNECT"u8);
                _head.TakeMethod(value);
                return Once(Pseudo.Method) && FieldSyntax.IsToken(value);
            case var name when name.SequenceEqual(":path"u8):
                _head.Path = value;
                return Once(Pseudo.Path) && FieldSyntax.IsTarget(value);
            case var name when name.SequenceEqual(":scheme"u8):
                return Once(Pseudo.Scheme) && (value.SequenceEqual("http"u8) || value.SequenceEqual("https"u8));
            case var name when name.SequenceEqual(":authority"u8):
                _head.Authority = value;
                return Once(Pseudo.Authority) && FieldSyntax.IsAuthority(value);
            case var name when name.SequenceEqual(":protocol"u8) && _allowConnect:
                _head.Append("upgrade"u8, value);
                return Once(Pseudo.Protocol) && FieldSyntax.IsToken(value);
            default:
                return false;
        }
    }

    private bool Once(Pseudo which)
    {
        var isFirst = (_seen & which) == 0 && !_regular;
        _seen |= which;
        return isFirst;
    }

    private bool TakeRegular(scoped in HpackField field)
    {
        _regular = true;
        switch (field.Known)
        {
            case KnownHeader.Connection or KnownHeader.KeepAlive or KnownHeader.ProxyConnection or KnownHeader.TransferEncoding or KnownHeader.Upgrade:
                return false;
            case KnownHeader.Te when !field.Value.SequenceEqual("trailers"u8):
                return false;
            case KnownHeader.Expect when !Ascii.EqualsIgnoreCase(field.Value, "100-continue"u8):
                return false;
            case KnownHeader.ContentLength when ++_lengths > 1 || !FieldSyntax.TryReadLength(field.Value, out _length):
                return false;
            case KnownHeader.Host:
                return TakeHost(field.Value);
            case KnownHeader.Cookie when _cookie >= 0:
                JoinCookie(field.Value);
                return true;
            case KnownHeader.Cookie:
                _cookie = _head.FieldCount;
                break;
        }

        _head.Append(field.Name, field.Value, field.Known, field.IsSensitive);
        return true;
    }

    /// <summary>Host may stand in for :authority and may repeat it, no more (section 8.3.1).</summary>
    private bool TakeHost(ReadOnlySpan<byte> value)
    {
        if ((_seen & Pseudo.Authority) != 0)
        {
            return _head.Authority.SequenceEqual(value);
        }

        _seen |= Pseudo.Authority;
        _head.Authority = value;
        return FieldSyntax.IsAuthority(value);
    }

    /// <summary>HTTP/1.1 knows one Cookie field only (section 8.2.3).</summary>
    private void JoinCookie(ReadOnlySpan<byte> value)
    {
        _head.AppendJoined(_cookie, "; "u8, value);
        _cookie = _head.FieldCount - 1;
    }

    private SectionResult Finish(bool endOfStream)
    {
        if (_result != SectionResult.Complete)
        {
            return _result;
        }

        var isUpgrade = (_seen & Pseudo.Protocol) != 0;
        if (_isConnect && !isUpgrade)
        {
            return (_seen & (Pseudo.Scheme | Pseudo.Path)) == 0 && (_seen & Pseudo.Authority) != 0 ? SectionResult.NotImplemented : SectionResult.Malformed;
        }

        const Pseudo All = Pseudo.Method | Pseudo.Scheme | Pseudo.Path | Pseudo.Authority;
        if ((_seen & All) != All || _head.Authority.IsEmpty || !IsPathRight() || (isUpgrade && (!_isConnect || endOfStream || _lengths > 0))
            || (endOfStream && _length > 0))
        {
            return SectionResult.Malformed;
        }

        if (isUpgrade)
        {
            // Inside, a tunnel is what HTTP/1.1 asks for by an upgrade.
            _head.TakeMethod("GET"u8);
        }

        _head.Finish(
            endOfStream || isUpgrade ? BodyFraming.None : _lengths > 0 ? BodyFraming.Length : BodyFraming.Chunked, _length, isUpgrade);
        return SectionResult.Complete;
    }

    private readonly bool IsPathRight() =>
        _head.Path[0] == '/' || (_head.Path is [(byte)'*'] && _head.Method.SequenceEqual("OPTIONS"u8));
}
