namespace Mizzen.Proxy.Http2;

/// <summary>The static Huffman code of header strings (RFC 7541 section 5.2 and appendix B).</summary>
internal static class Huffman
{
    private const int Symbols = 257;
    private const int EndOfString = 256;

    /// <summary>
    /// Bits of each symbol's code, as appendix B lists them. The code is canonical (shorter codes first, equal lengths in the symbols' order),
    /// so that the lengths say it all.
    /// </summary>
    private static readonly byte[] Lengths =
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    private static readonly uint[] Codes = AssignCodes();

    /// <summary>
    /// The decoder as a machine that eats four bits at a time: sixteen entries a state. An entry is the next state, whether a symbol is
    /// complete (no code is shorter than five bits, so at most one can be), and the symbol.
    /// </summary>
    private static readonly uint[] Transitions = BuildTransitions(out Accepting);

    /// <summary>States in which a string may end: at a symbol's end or inside up to seven bits of padding, all ones.</summary>
    private static readonly bool[] Accepting;

    /// <summary>Bytes that <see cref="Encode"/> makes of a text.</summary>
    public static int EncodedLength(ReadOnlySpan<byte> text)
    {
        var bits = 0L;
        foreach (var symbol in text)
        {
            bits += Lengths[symbol];
        }

        return (int)((bits + 7) / 8);
    }

    /// <summary>Writes the code of a text; <paramref name="target"/> holds at least <see cref="EncodedLength"/> bytes.</summary>
    public static int Encode(ReadOnlySpan<byte> text, Span<byte> target)
    {
        var pending = 0UL;
        var count = 0;
        var written = 0;
        foreach (var symbol in text)
        {
            pending = (pending << Lengths[symbol]) | Codes[symbol];
            count += Lengths[symbol];
            while (count >= 8)
            {
                count -= 8;
                target[written++] = (byte)(pending >> count);
            }
        }

        if (count > 0)
        {
            target[written++] = (byte)((pending << (8 - count)) | (0xffUL >> count));
        }

        return written;
    }

    /// <summary>
    /// Reads a code. <paramref name="target"/> holds at least 8/5 of the code's bytes, rounded up. Returns the text's length, -1 for what is no
    /// code: the end-of-string symbol inside, padding that is longer than seven bits or not all ones (section 5.2).
    /// </summary>
    public static int Decode(ReadOnlySpan<byte> code, Span<byte> target)
    {
        var state = 0u;
        var written = 0;
        foreach (var octet in code)
        {
            var entry = Transitions[(state << 4) | (uint)(octet >> 4)];
            if ((entry & Emits) != 0)
            {
                target[written++] = (byte)entry;
            }

            entry = Transitions[((entry >> StateShift) << 4) | (uint)(octet & 15)];
            if ((entry & Emits) != 0)
            {
                target[written++] = (byte)entry;
            }

            state = entry >> StateShift;
        }

        return Accepting[state] ? written : -1;
    }

    private const uint Emits = 0x100;
    private const int StateShift = 16;

    private static uint[] AssignCodes()
    {
        var codes = new uint[Symbols];
        var next = 0u;
        var length = 0;
        foreach (var symbol in Enumerable.Range(0, Symbols).OrderBy(symbol => Lengths[symbol]).ThenBy(symbol => symbol))
        {
            next <<= Lengths[symbol] - length;
            length = Lengths[symbol];
            codes[symbol] = next++;
        }

        return codes;
    }

    /// <summary>The code as a tree: two children a node, negative for a leaf (its symbol is the complement).</summary>
    private static List<int[]> BuildTree()
    {
        var nodes = new List<int[]> { new int[2] };
        for (var symbol = 0; symbol < Symbols; symbol++)
        {
            var node = 0;
            for (var bit = Lengths[symbol] - 1; bit > 0; bit--)
            {
                ref var child = ref nodes[node][(Codes[symbol] >> bit) & 1];
                if (child == 0)
                {
                    child = nodes.Count;
                    nodes.Add(new int[2]);
                }

                node = child;
            }

            nodes[node][Codes[symbol] & 1] = ~symbol;
        }

        return nodes;
    }

    private static uint[] BuildTransitions(out bool[] accepting)
    {
        var nodes = BuildTree();
        var failed = (uint)nodes.Count;
        var table = new uint[(nodes.Count + 1) << 4];
        for (var state = 0u; state <= failed; state++)
        {
            for (var nibble = 0u; nibble < 16; nibble++)
            {
                table[(state << 4) | nibble] = state == failed ? failed << StateShift : Step(nodes, (int)state, nibble, failed);
            }
        }

        accepting = new bool[nodes.Count + 1];
        for (int node = 0, padding = 0; padding < 8; padding++, node = nodes[node][1])
        {
            accepting[node] = true;
        }

        return table;
    }

    private static uint Step(List<int[]> nodes, int node, uint nibble, uint failed)
    {
        var emitted = 0u;
        for (var bit = 3; bit >= 0; bit--)
        {
            node = nodes[node][(nibble >> bit) & 1];
            if (node < 0)
            {
                if (~node == EndOfString)
                {
                    return failed << StateShift;
                }

                emitted = Emits | (uint)~node;
                node = 0;
            }
        }

        return ((uint)node << StateShift) | emitted;
    }
}
