namespace Mizzen.Proxy.Http2;

/// <summary>Integers with a prefix of 4 to 7 bits (RFC 7541 section 5.1), at most 28 bits long here.</summary>
internal static class HpackInteger
{
    /// <summary>The longest form that <see cref="Write"/> makes.</summary>
    public const int LongestForm = 6;

    // Nothing that we accept is as long as 2^28; more digits, zeros included, are an attack on parsers.
    private const int MostDigits = 4;

    /// <summary>Takes an integer from the front of <paramref name="input"/>; false when it is cut off or too long.</summary>
    public static bool TryRead(scoped ref ReadOnlySpan<byte> input, int prefixBits, out int value)
    {
        value = 0;
        if (input.IsEmpty)
        {
            return false;
        }

        var mask = (1 << prefixBits) - 1;
        value = input[0] & mask;
        var used = 1;
        if (value == mask)
        {
            byte digit;
            do
            {
                if (used == input.Length || used > MostDigits)
                {
                    return false;
                }

                digit = input[used];
                value += (digit & 0x7f) << (7 * (used - 1));
                used++;
            }
            while ((digit & 0x80) != 0);
        }

        input = input[used..];
        return true;
    }

    /// <summary>Writes an integer behind the bits of <paramref name="pattern"/> that the prefix leaves; returns the length.</summary>
    public static int Write(Span<byte> target, byte pattern, int prefixBits, int value)
    {
        var mask = (1 << prefixBits) - 1;
        if (value < mask)
        {
            target[0] = (byte)(pattern | value);
            return 1;
        }

        target[0] = (byte)(pattern | mask);
        value -= mask;
        var written = 1;
        while (value >= 0x80)
        {
            target[written++] = (byte)(value | 0x80);
            value >>= 7;
        }

        target[written++] = (byte)value;
        return written;
    }
}
