using System.Buffers.Text;

using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.Http;

/// <summary>Writes the parts of HTTP/1.1 messages that both sides share.</summary>
internal static class MessageWriter
{
    public static void WriteFields(ByteTransport transport, MessageHead head)
    {
        var index = 0;
        for (var run = head.NextRun(ref index); !run.IsEmpty; run = head.NextRun(ref index))
        {
            transport.Write(run);
        }
    }

    public static void WriteChunk(ByteTransport transport, ReadOnlySpan<byte> data)
    {
        Span<byte> size = stackalloc byte[18];
        _ = Utf8Formatter.TryFormat(data.Length, size, out var digits, new System.Buffers.StandardFormat('x'));
        size[digits] = (byte)'\r';
        size[digits + 1] = (byte)'\n';
        transport.Write(size[..(digits + 2)]);
        transport.Write(data);
        transport.Write("\r\n"u8);
    }

    public static void WriteLastChunk(ByteTransport transport, Trailers? trailers)
    {
        if (trailers is null)
        {
            transport.Write("0\r\n\r\n"u8);
            return;
        }

        transport.Write("0\r\n"u8);
        WriteFields(transport, trailers);
        transport.Write("\r\n"u8);
    }

    public static void WriteStatusLine(ByteTransport transport, ResponseHead head)
    {
        Span<byte> line = stackalloc byte[13];
        "HTTP/1.1 "u8.CopyTo(line);
        line[9] = (byte)('0' + (head.Status / 100));
        line[10] = (byte)('0' + (head.Status / 10 % 10));
        line[11] = (byte)('0' + (head.Status % 10));
        line[12] = (byte)' ';
        transport.Write(line);
        transport.Write(head.Reason);
        transport.Write("\r\n"u8);
    }
}
