using Mizzen.Proxy.Http;
using Mizzen.Proxy.Loop;

namespace Mizzen.Proxy.Http2;

/// <summary>A header block as a response head (RFC 9113 sections 8.2 and 8.3.2).</summary>
internal ref struct ResponseSection
{
    private readonly ResponseHead _head;
    private SectionResult _result;
    private int _size;
    private int _lengths;
    private long _length;
    private bool _regular;

    private ResponseSection(ResponseHead head) => _head = head;

    /// <summary>Decodes the whole block, whatever is in it, so that the connection's state stays right. The head is owned only when complete.</summary>
    public static SectionResult Read(HpackDecoder decoder, ReadOnlySpan<byte> block, BufferPool pool, ResponseHead head, bool endOfStream, bool toHead)
    {
        head.Begin(pool);
        var section = new ResponseSection(head);
        decoder.Begin();
        var field = default(HpackField);
        HpackStep step;
        while ((step = decoder.Read(ref block, ref field)) == HpackStep.Field)
        {
            section.Take(in field);
        }

        var result = step == HpackStep.Error ? SectionResult.Undecodable : section.Finish(endOfStream, toHead);
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
            _result = SectionResult.TooLarge;
        }

        if (!field.IsWellFormed)
        {
            _result = SectionResult.Malformed;
        }

        if (_result == SectionResult.Complete && !(field.Name[0] == ':' ? TakeStatus(in field) : TakeRegular(in field)))
        {
            _result = SectionResult.Malformed;
        }
    }

    private readonly bool TakeStatus(scoped in HpackField field)
    {
        if (_regular || _head.Status != 0 || !field.Name.SequenceEqual(":status"u8) || field.Value.Length != 3
            || !FieldSyntax.TryReadLength(field.Value, out var status) || status is < 100 or 101)
        {
            return false;
        }

        _head.Status = (int)status;
        return true;
    }

    private bool TakeRegular(scoped in HpackField field)
    {
        _regular = true;
        switch (field.Known)
        {
            case KnownHeader.Connection or KnownHeader.KeepAlive or KnownHeader.ProxyConnection or KnownHeader.TransferEncoding or KnownHeader.Upgrade:
                return false;
            case KnownHeader.ContentLength when ++_lengths > 1 || !FieldSyntax.TryReadLength(field.Value, out _length):
                return false;
        }

        _head.Append(field.Name, field.Value, field.Known, field.IsSensitive);
        return true;
    }

    private readonly SectionResult Finish(bool endOfStream, bool toHead)
    {
        if (_result != SectionResult.Complete)
        {
            return _result;
        }

        var isBodiless = toHead || _head.IsBodiless;
        if (_head.Status == 0 || (_head.IsInformational && endOfStream) || (endOfStream && _length > 0 && !isBodiless))
        {
            return SectionResult.Malformed;
        }

        var framing = endOfStream || isBodiless ? BodyFraming.None : _lengths > 0 ? BodyFraming.Length : BodyFraming.Chunked;
        _head.Finish(framing, _length, hasDeclaredLength: _lengths > 0);
        return SectionResult.Complete;
    }
}
