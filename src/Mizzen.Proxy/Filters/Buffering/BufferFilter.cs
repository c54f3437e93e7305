using Mizzen.Proxy.Http;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.Buffering;

/// <summary>Reads requests whole before they go on, and refuses those that are too large (<c>envoy.filters.http.buffer</c>).</summary>
internal sealed class BufferFilter(BufferModel model) : HttpFilter
{
    public override FilterVerdict OnRequest(IFilterHost host)
    {
        var request = host.Record.Request;
        return request.WantsUpgrade ? FilterVerdict.Continue
            : request.Framing == BodyFraming.Length && request.ContentLength > model.MaxBytes ? Refuse(host)
            : host.CollectBody(model.MaxBytes);
    }

    public override FilterVerdict OnRequestBody(IFilterHost host, bool isComplete) => isComplete ? FilterVerdict.Continue : Refuse(host);

    private static FilterVerdict Refuse(IFilterHost host)
    {
        host.Respond(413, "Payload Too Large"u8, ResponseFlags.None, "request_payload_too_large");
        return FilterVerdict.Responded;
    }
}
