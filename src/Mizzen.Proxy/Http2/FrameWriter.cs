using System.Buffers.Binary;

namespace Mizzen.Proxy.Http2;

/// <summary>Writes whole frames (RFC 9113 section 6).</summary>
internal static class FrameWriter
{
    public static void Data(OutputBuffer output, int stream, ReadOnlySpan<byte> data, bool endStream)
    {
        Header(output, data.Length, FrameType.Data, endStream ? FrameFlags.EndStream : FrameFlags.None, stream);
        output.Append(data);
    }

    public static void ResetStream(OutputBuffer output, int stream, Http2Error error)
    {
        Header(output, 4, FrameType.ResetStream, FrameFlags.None, stream);
        Number(output, (uint)error);
    }

    public static void WindowUpdate(OutputBuffer output, int stream, int increment)
    {
        Header(output, 4, FrameType.WindowUpdate, FrameFlags.None, stream);
        Number(output, (uint)increment);
    }

    /// <param name="output">Where to.</param>
    /// <param name="opaque">Eight octets.</param>
    /// <param name="ack">An answer.</param>
    public static void Ping(OutputBuffer output, ReadOnlySpan<byte> opaque, bool ack)
    {
        Header(output, 8, FrameType.Ping, ack ? FrameFlags.Ack : FrameFlags.None, 0);
        output.Append(opaque[..8]);
    }

    public static void GoAway(OutputBuffer output, int lastStream, Http2Error error, ReadOnlySpan<byte> debug)
    {
        Header(output, 8 + debug.Length, FrameType.GoAway, FrameFlags.None, 0);
        Number(output, (uint)lastStream);
        Number(output, (uint)error);
        output.Append(debug);
    }

    public static void Settings(OutputBuffer output, ReadOnlySpan<(SettingId Id, uint Value)> settings)
    {
        Header(output, settings.Length * 6, FrameType.Settings, FrameFlags.None, 0);
        foreach (var (id, value) in settings)
        {
            BinaryPrimitives.WriteUInt16BigEndian(output.Reserve(2), (ushort)id);
            output.Advance(2);
            Number(output, value);
        }
    }

    public static void SettingsAck(OutputBuffer output) => Header(output, 0, FrameType.Settings, FrameFlags.Ack, 0);

    /// <summary>Begins a HEADERS frame whose block is written next. Returns its position for <see cref="EndHeaders"/>.</summary>
    public static int BeginHeaders(OutputBuffer output)
    {
        var start = output.Length;
        _ = output.Reserve(FrameHeader.Size);
        output.Advance(FrameHeader.Size);
        return start;
    }

    /// <summary>Ends a header block: what is too long for one frame goes on in CONTINUATION frames.</summary>
    public static void EndHeaders(OutputBuffer output, int start, int stream, bool endStream, int mostLength)
    {
        var type = FrameType.Headers;
        var flags = endStream ? FrameFlags.EndStream : FrameFlags.None;
        var rest = output.Length - start - FrameHeader.Size;
        while (rest > mostLength)
        {
            new FrameHeader(mostLength, type, flags, stream).Write(output.Slice(start, FrameHeader.Size));
            start += FrameHeader.Size + mostLength;
            rest -= mostLength;
            _ = output.Insert(start, FrameHeader.Size);
            type = FrameType.Continuation;
            flags = FrameFlags.None;
        }

        new FrameHeader(rest, type, flags | FrameFlags.EndHeaders, stream).Write(output.Slice(start, FrameHeader.Size));
    }

    private static void Header(OutputBuffer output, int length, FrameType type, FrameFlags flags, int stream)
    {
        new FrameHeader(length, type, flags, stream).Write(output.Reserve(FrameHeader.Size + length));
        output.Advance(FrameHeader.Size);
    }

    private static void Number(OutputBuffer output, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(output.Reserve(4), value);
        output.Advance(4);
    }
}
