using System.Globalization;

using Mizzen.Proxy.Http;
using Mizzen.Proxy.Observation;

namespace Mizzen.Proxy.Exchanges;

/// <summary>Heads of the answers that this proxy gives itself.</summary>
internal static class LocalReplies
{
    private const int LongestMessage = 512;

    public static ResponseHead Plain(ExchangeServices services, int status, ReadOnlySpan<byte> body, ReadOnlySpan<byte> contentType)
    {
        var reply = services.Scratch.LocalReply;
        reply.Compose(services.Loop.Buffers, status, body.IsEmpty ? BodyFraming.None : BodyFraming.Length, body.Length);
        if (!body.IsEmpty)
        {
            reply.Append("content-type"u8, contentType);
        }

        return reply;
    }

    /// <summary>Asks for the body: a client that waits for 100 would wait for ever while its body is wanted here.</summary>
    public static void Continue(ExchangeServices services, ServerStream stream, RequestHead request)
    {
        var interim = services.Scratch.LocalReply;
        interim.Compose(services.Loop.Buffers, 100, BodyFraming.None, 0);
        stream.WriteInformational(interim);
        interim.Clear();
        request.Remove(KnownHeader.Expect);
    }

    /// <summary>An answer as a gRPC client understands it: the status is in the head, and there is nothing else ("Trailers-Only").</summary>
    public static ResponseHead Grpc(ExchangeServices services, ExchangeRecord record, int grpcStatus, ReadOnlySpan<byte> message)
    {
        var reply = services.Scratch.LocalReply;
        reply.Compose(services.Loop.Buffers, 200, BodyFraming.None, 0);
        if (record.Request.Version == 20)
        {
            reply.Remove(KnownHeader.ContentLength);
        }

        Span<byte> text = stackalloc byte[LongestMessage];
        _ = grpcStatus.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        reply.Append("content-type"u8, "application/grpc"u8);
        reply.Append("grpc-status"u8, text[..length]);
        if (!message.IsEmpty)
        {
            reply.Append("grpc-message"u8, text[..GrpcProtocol.WriteMessage(message, text)]);
        }

        record.GrpcStatus = grpcStatus;
        return reply;
    }
}
