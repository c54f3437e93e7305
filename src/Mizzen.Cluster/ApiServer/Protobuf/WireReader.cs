using System.Text;

namespace Mizzen.Cluster.ApiServer.Protobuf;

/// <summary>Reads protobuf's wire format (protobuf.dev, "Encoding"): tags, varints and length-delimited fields; no groups.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> _rest = data;

    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>The next field.</summary>
    /// <param name="field">The field's number.</param>
    /// <param name="number">Its value when it is a number.</param>
    /// <param name="bytes">Its value when it is length-delimited.</param>
    /// <exception cref="FormatException">The message is cut off or uses an unknown wire type.</exception>
    public void Read(out int field, out ulong number, out ReadOnlySpan<byte> bytes)
    {
        var tag = ReadVarint();
        field = (int)(tag >> 3);
        number = 0;
        bytes = default;
        switch (tag & 7)
        {
            case 0:
                number = ReadVarint();
                break;
            case 1:
                number = BitConverter.ToUInt64(Take(8));
                break;
            case 2:
                bytes = Take(ReadVarint());
                break;
            case 5:
                number = BitConverter.ToUInt32(Take(4));
                break;
            default:
                throw new FormatException("unknown wire type");
        }
    }

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length)
        {
            throw new FormatException("the message is cut off");
        }

        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Take(1)[0];
            value |= (ulong)(part & 0x7f) << shift;
            if ((part & 0x80) == 0)
            {
                return value;
            }
        }

        throw new FormatException("a number is too long");
    }
}
