using Mizzen.Proxy.Http;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Routing;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.Cors;

/// <summary>
/// Cross-origin requests (<c>envoy.filters.http.cors</c>; Fetch standard, "CORS protocol"): answers preflights, and tells browsers which
/// origins may read the answers.
/// </summary>
internal sealed class CorsFilter(CorsModel cors) : HttpFilter
{
    private const string Details = "cors";

    public override FilterVerdict OnRequest(IFilterHost host)
    {
        var request = host.Record.Request;
        if (!IsPreflight(request))
        {
            return FilterVerdict.Continue;
        }

        if (!IsAllowed(request) && cors.ForwardsUnmatchedPreflights)
        {
            return FilterVerdict.Continue;
        }

        host.Respond(200, default, ResponseFlags.None, Details);
        return FilterVerdict.Responded;
    }

    public override void OnResponse(IFilterHost host, ResponseHead head)
    {
        var request = host.Record.Request;
        if (!IsAllowed(request))
        {
            return;
        }

        head.Set("access-control-allow-origin"u8, OriginOf(request));
        if (cors.AllowCredentials)
        {
            head.Set("access-control-allow-credentials"u8, "true"u8);
        }

        // A preflight that the upstream has answered is the upstream's own affair.
        if (IsPreflight(request) && host.Record.Details == Details)
        {
            Set(head, "access-control-allow-methods"u8, cors.AllowMethods);
            Set(head, "access-control-allow-headers"u8, cors.AllowHeaders);
            Set(head, "access-control-max-age"u8, cors.MaxAge);
        }
        else
        {
            Set(head, "access-control-expose-headers"u8, cors.ExposeHeaders);
        }
    }

    private static void Set(ResponseHead head, ReadOnlySpan<byte> name, byte[] value)
    {
        if (value.Length > 0)
        {
            head.Set(name, value);
        }
    }

    private static bool IsPreflight(RequestHead request) =>
        request.Method.SequenceEqual("OPTIONS"u8) && request.TryGet("access-control-request-method"u8, out var method) && !method.IsEmpty
        && !OriginOf(request).IsEmpty;

    private static ReadOnlySpan<byte> OriginOf(RequestHead request) => request.TryGet("origin"u8, out var origin) ? origin : default;

    private bool IsAllowed(RequestHead request)
    {
        var origin = OriginOf(request);
        if (origin.IsEmpty)
        {
            return false;
        }

        for (var i = 0; i < cors.AllowOrigins.Count; i++)
        {
            // A star stands for every origin, as in Envoy.
            if (cors.AllowOrigins[i] is { Kind: StringMatchKind.Exact, Text: [(byte)'*'] } || TextMatcher.Matches(cors.AllowOrigins[i], origin))
            {
                return true;
            }
        }

        return false;
    }
}
