using System.Buffers;

namespace Mizzen.Proxy.Http;

/// <summary>Character classes and field lines of RFC 9110 section 5 and RFC 9112 section 5, strictly.</summary>
internal static class FieldSyntax
{
    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    private static readonly SearchValues<byte> ControlBytes = SearchValues.Create(
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127,
    ]);

    private static readonly SearchValues<byte> TargetBytes = SearchValues.Create(
        "!\"$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    private static readonly SearchValues<byte> HostBytes =
        SearchValues.Create("!$&'()*+-.;=_~%:[]0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    public static bool IsToken(ReadOnlySpan<byte> text) => !text.IsEmpty && text.IndexOfAnyExcept(TokenBytes) < 0;

    /// <summary>True when nothing but visible ASCII without a fragment mark is in a request target.</summary>
    public static bool IsTarget(ReadOnlySpan<byte> text) => !text.IsEmpty && text.IndexOfAnyExcept(TargetBytes) < 0;

    /// <summary>True for the characters of a host with an optional port; an empty host is allowed only by the caller.</summary>
    public static bool IsAuthority(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(HostBytes) < 0;

    /// <summary>True when a value can stand in a field line: no control bytes but the tab.</summary>
    public static bool IsValue(ReadOnlySpan<byte> text) => text.IndexOfAny(ControlBytes) < 0;

    /// <summary>Offset of the first control byte (so the line end, or an error), -1 when there is none.</summary>
    public static int IndexOfControl(ReadOnlySpan<byte> text) => text.IndexOfAny(ControlBytes);

    /// <summary>False when the first line, as far as it has come, holds a control byte other than its CRLF: more input cannot mend that.</summary>
    public static bool BeginsWithLine(ReadOnlySpan<byte> input)
    {
        var stop = IndexOfControl(input);
        return stop < 0 || (input[stop] == '\r' && (stop + 1 == input.Length || input[stop + 1] == '\n'));
    }

    /// <summary>
    /// Reads one field line. One vectorised search both finds the line end and refuses control bytes; folded lines, bare CR or LF,
    /// and space before the colon are refused (RFC 9112 section 5.1, 5.2).
    /// </summary>
    public static bool TryReadLine(byte[] bytes, int start, int end, out HeaderField field)
    {
        field = default;
        var line = bytes.AsSpan(start, end - start);
        var stop = IndexOfControl(line);
        if (stop < 0 || stop + 1 >= line.Length || line[stop] != '\r' || line[stop + 1] != '\n')
        {
            return false;
        }

        var colon = line[..stop].IndexOf((byte)':');
        if (colon <= 0 || line[..colon].IndexOfAnyExcept(TokenBytes) >= 0)
        {
            return false;
        }

        var from = colon + 1;
        var to = stop;
        while (from < to && line[from] is (byte)' ' or (byte)'\t')
        {
            from++;
        }

        while (to > from && line[to - 1] is (byte)' ' or (byte)'\t')
        {
            to--;
        }

        field.LineStart = start;
        field.NameLength = colon;
        field.ValueStart = start + from;
        field.ValueLength = to - from;
        field.LineEnd = start + stop + 2;
        return true;
    }

    /// <summary>Takes the next element of a comma-separated list; false at its end.</summary>
    public static bool NextElement(ref ReadOnlySpan<byte> list, out ReadOnlySpan<byte> element)
    {
        while (!list.IsEmpty)
        {
            var comma = list.IndexOf((byte)',');
            element = Trim(comma < 0 ? list : list[..comma]);
            list = comma < 0 ? default : list[(comma + 1)..];
            if (!element.IsEmpty)
            {
                return true;
            }
        }

        element = default;
        return false;
    }

    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t"u8);

    /// <summary>Reads a decimal length: digits only, no sign, no overflow (RFC 9110 section 8.6).</summary>
    public static bool TryReadLength(ReadOnlySpan<byte> text, out long length)
    {
        length = 0;
        if (text.IsEmpty || text.Length > 18)
        {
            return false;
        }

        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            length = (length * 10) + (digit - '0');
        }

        return true;
    }
}
