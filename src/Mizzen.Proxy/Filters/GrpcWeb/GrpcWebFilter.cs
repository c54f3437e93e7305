using System.Globalization;
using Mizzen.Proxy.Http;

namespace Mizzen.Proxy.Filters.GrpcWeb;

/// <summary>
/// Lets browsers call gRPC services (<c>envoy.filters.http.grpc_web</c>, gRPC's document "gRPC Web"): their requests go on as gRPC, and the
/// trailers of the answer become its last message, because browsers do not show them.
/// </summary>
internal sealed class GrpcWebFilter : HttpFilter
{
    public override FilterVerdict OnRequest(IFilterHost host)
    {
        var request = host.Record.Request;
        if (!GrpcWebType.TryRead(request.Get(KnownHeader.ContentType), out var type))
        {
            return FilterVerdict.Continue;
        }

        host.State = type.IsText || GrpcWebType.PrefersText(request) ? type with { IsText = true } : type;
        if (type.IsText)
        {
            request.ForgetLength();
            host.TransformRequest(new Base64Body(host));
        }

        request.Set("content-type"u8, type.AsGrpc());
        request.Set("te"u8, "trailers"u8);
        host.BecomeGrpc();
        return FilterVerdict.Continue;
    }

    public override void OnResponse(IFilterHost host, ResponseHead head)
    {
        if (host.State is not GrpcWebType type)
        {
            return;
        }

        if (!GrpcProtocol.IsGrpc(head.Get(KnownHeader.ContentType)))
        {
            SayAsGrpc(host, head);
        }
        else if (head.Framing != BodyFraming.None)
        {
            head.ForgetLength();
            host.TransformResponse(new TrailersBody(type.IsText));
        }

        head.Set("content-type"u8, type.AsGrpcWeb());
    }

    // Somebody on the way has answered who does not know gRPC: the client gets the status that follows from the HTTP status, without the body.
    private static void SayAsGrpc(IFilterHost host, ResponseHead head)
    {
        Span<byte> text = stackalloc byte[3];
        _ = GrpcProtocol.StatusOf(head.Status).TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        head.Set("grpc-status"u8, text[..length]);
        head.Set("grpc-message"u8, ReasonPhrases.Of(head.Status));
        head.Restate(200);
        if (head.Framing != BodyFraming.None)
        {
            head.ForgetLength();
            host.TransformResponse(new NoBody());
        }
    }
}
