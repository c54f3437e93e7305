namespace Mizzen.Proxy.Http2;

/// <summary>Where the decoders of one loop put the texts of the field that they read, until the next one.</summary>
internal sealed class HpackScratch
{
    private byte[] _bytes = new byte[8 * 1024];
    private int _used;

    public void Clear() => _used = 0;

    /// <summary>Reads a Huffman code into the scratch space.</summary>
    public bool TryDecode(ReadOnlySpan<byte> code, out ReadOnlySpan<byte> text)
    {
        Reserve(((code.Length * 8) / 5) + 1);
        var length = Huffman.Decode(code, _bytes.AsSpan(_used));
        text = length < 0 ? default : _bytes.AsSpan(_used, length);
        _used += Math.Max(0, length);
        return length >= 0;
    }

    /// <summary>A copy that stays until <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Keep(ReadOnlySpan<byte> text)
    {
        Reserve(text.Length);
        var copy = _bytes.AsSpan(_used, text.Length);
        text.CopyTo(copy);
        _used += text.Length;
        return copy;
    }

    private void Reserve(int size)
    {
        if (_used + size > _bytes.Length)
        {
            // Texts that were handed out stay valid in the old array.
            _bytes = new byte[Math.Max(_bytes.Length * 2, size)];
            _used = 0;
        }
    }
}
