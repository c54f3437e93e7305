using System.Buffers.Text;
using System.Globalization;
using System.Text;

using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Observation;

/// <summary>Bytes of text that are appended to. Grows as needed and is reused.</summary>
internal sealed class TextBuffer(int capacity)
{
    private byte[] _bytes = GC.AllocateUninitializedArray<byte>(capacity);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>Forgets everything from <paramref name="length"/> on.</summary>
    public void Truncate(int length) => Length = length;

    public void Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Room(text.Length));
        Length += text.Length;
    }

    public void Append(string text) => Length += Encoding.UTF8.GetBytes(text, Room(Encoding.UTF8.GetMaxByteCount(text.Length)));

    public void Append(byte character)
    {
        Room(1)[0] = character;
        Length++;
    }

    public void Append(long number)
    {
        _ = Utf8Formatter.TryFormat(number, Room(20), out var written);
        Length += written;
    }

    /// <summary>The shortest text that reads back as the same number.</summary>
    public void Append(double number)
    {
        _ = number.TryFormat(Room(32), out var written, "R", CultureInfo.InvariantCulture);
        Length += written;
    }

    public void Append(NetAddress address) => Length += address.Format(Room(NetAddress.LongestText));

    public void AppendHost(NetAddress address) => Length += address.FormatHost(Room(NetAddress.LongestText));

    /// <summary>RFC 3339 with milliseconds, in UTC.</summary>
    public void Append(DateTimeOffset time)
    {
        _ = time.UtcDateTime.TryFormat(Room(32), out var written, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        Length += written;
    }

    /// <summary>Writes what was appended since <paramref name="start"/> again as the inside of a JSON string.</summary>
    public void EscapeJson(int start)
    {
        if (_bytes.AsSpan(start, Length - start).IndexOfAnyInRange((byte)0, (byte)31) < 0 && _bytes.AsSpan(start, Length - start).IndexOfAny((byte)'"', (byte)'\\') < 0)
        {
            return;
        }

        var raw = Written[start..].ToArray();
        Length = start;
        foreach (var c in raw)
        {
            if (c is (byte)'"' or (byte)'\\')
            {
                Append((byte)'\\');
                Append(c);
            }
            else if (c < 32)
            {
                Append("\\u00"u8);
                Append(Hex(c >> 4));
                Append(Hex(c & 15));
            }
            else
            {
                Append(c);
            }
        }
    }

    private static byte Hex(int digit) => "0123456789abcdef"u8[digit];

    private Span<byte> Room(int size)
    {
        if (Length + size > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + size));
        }

        return _bytes.AsSpan(Length);
    }
}
