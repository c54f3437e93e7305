using System.Text;

namespace Mizzen.Proxy.Http;

/// <summary>What the framing and connection fields of one head say together. Filled field by field, judged once.</summary>
internal ref struct FramingFields
{
    public int HostCount;
    public int HostIndex;
    public int LengthCount;
    public long Length;
    public int CodingCount;
    public bool Chunked;
    public bool Close;
    public bool KeepAlive;
    public bool UpgradeOption;
    public bool UpgradeField;
    public bool ExpectContinue;
    public bool ExpectUnknown;

    /// <summary>Looks at every field; hop-by-hop ones are removed, also those that Connection nominates (RFC 9110 section 7.6.1).</summary>
    public HeadError Read(MessageHead head)
    {
        var nominates = false;
        for (var i = 0; i < head.FieldCount; i++)
        {
            switch (head.KnownOf(i))
            {
                case KnownHeader.Other:
                    break;
                case KnownHeader.Host:
                    HostCount++;
                    HostIndex = i;
                    break;
                case KnownHeader.ContentLength:
                    LengthCount++;
                    if (!FieldSyntax.TryReadLength(head.ValueOf(i), out Length))
                    {
                        return HeadError.Malformed;
                    }

                    break;
                case KnownHeader.TransferEncoding:
                    CodingCount++;
                    Chunked = Ascii.EqualsIgnoreCase(head.ValueOf(i), "chunked"u8);
                    head.RemoveAt(i);
                    break;
                case KnownHeader.Connection:
                    nominates |= ReadConnection(head.ValueOf(i));
                    head.RemoveAt(i);
                    break;
                default:
                    ReadOther(head, i);
                    break;
            }
        }

        return nominates ? RemoveNominated(head) : HeadError.None;
    }

    private void ReadOther(MessageHead head, int index)
    {
        switch (head.KnownOf(index))
        {
            case KnownHeader.KeepAlive or KnownHeader.ProxyConnection or KnownHeader.Http2Settings:
                head.RemoveAt(index);
                break;
            case KnownHeader.Upgrade:
                UpgradeField = !Ascii.EqualsIgnoreCase(head.ValueOf(index), "h2c"u8);
                if (!UpgradeField)
                {
                    head.RemoveAt(index);
                }

                break;
            case KnownHeader.Te:
                if (!Ascii.EqualsIgnoreCase(head.ValueOf(index), "trailers"u8))
                {
                    head.RemoveAt(index);
                }

                break;
            case KnownHeader.Expect:
                var known = Ascii.EqualsIgnoreCase(head.ValueOf(index), "100-continue"u8);
                ExpectContinue |= known;
                ExpectUnknown |= !known;
                break;
        }
    }

    /// <summary>Returns true when fields other than the usual ones are nominated.</summary>
    private bool ReadConnection(ReadOnlySpan<byte> value)
    {
        var others = false;
        while (FieldSyntax.NextElement(ref value, out var option))
        {
            if (Ascii.EqualsIgnoreCase(option, "close"u8))
            {
                Close = true;
            }
            else if (Ascii.EqualsIgnoreCase(option, "keep-alive"u8))
            {
                KeepAlive = true;
            }
            else if (Ascii.EqualsIgnoreCase(option, "upgrade"u8))
            {
                UpgradeOption = true;
            }
            else
            {
                others = true;
            }
        }

        return others;
    }

    private static HeadError RemoveNominated(MessageHead head)
    {
        for (var i = 0; i < head.FieldCount; i++)
        {
            if (head.KnownOf(i) != KnownHeader.Connection)
            {
                continue;
            }

            var list = head.ValueOf(i);
            while (FieldSyntax.NextElement(ref list, out var option))
            {
                switch (KnownHeaders.Find(option))
                {
                    // Nominating these would change who gets the message or where it ends.
                    case KnownHeader.Host or KnownHeader.ContentLength or KnownHeader.TransferEncoding:
                        return HeadError.Malformed;
                    case KnownHeader.Te or KnownHeader.Upgrade or KnownHeader.KeepAlive or KnownHeader.Connection:
                        break;
                    default:
                        head.Remove(option);
                        break;
                }
            }
        }

        return HeadError.None;
    }
}
