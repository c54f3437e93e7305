using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Filters.GrpcWeb;

/// <summary>A response of gRPC with its trailers as a last message (first byte 0x80, then lines as in HTTP/1), all of it in base64 where the client wants that.</summary>
internal sealed class TrailersBody(bool isText) : IBodyTransform
{
    private const byte TrailersFlag = 0x80;
    private const int HeadLength = 5;

    public bool TakesTrailers => true;

    public void Write(ReadOnlySpan<byte> data, IBodySink sink)
    {
        if (!isText)
        {
            sink.Write(data);
            return;
        }

        // Each part is padded, so that the client can read it when it comes.
        var text = ArrayPool<byte>.Shared.Rent(Base64.GetMaxEncodedToUtf8Length(data.Length));
        _ = Base64.EncodeToUtf8(data, text, out _, out var written);
        sink.Write(text.AsSpan(0, written));
        ArrayPool<byte>.Shared.Return(text);
    }

    public void End(IBodySink sink, Trailers? trailers)
    {
        var message = new ArrayBufferWriter<byte>();
        message.Write<byte>([TrailersFlag, 0, 0, 0, 0]);
        for (var i = 0; i < (trailers?.FieldCount ?? 0); i++)
        {
            if (!trailers!.IsRemoved(i))
            {
                message.Write(trailers.NameOf(i));
                message.Write(": "u8);
                message.Write(trailers.ValueOf(i));
                message.Write("\r\n"u8);
            }
        }

        var bytes = message.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), bytes.Length - HeadLength);
        Write(bytes, sink);
    }

    public void Dispose()
    {
    }
}
