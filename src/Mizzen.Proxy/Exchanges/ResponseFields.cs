using System.Globalization;

using Mizzen.Proxy.Http;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Exchanges;

/// <summary>What the connection manager does to every response's header.</summary>
internal static class ResponseFields
{
    /// <summary>Server, Date and, where asked for, the request's id.</summary>
    public static void Finish(ResponseHead head, RequestHead request, HttpModel http, DateField date)
    {
        if (http.ServerHeader == ServerHeaderMode.Overwrite)
        {
            head.Remove(KnownHeader.Server);
            head.Append("server"u8, http.ServerName);
        }
        else if (http.ServerHeader == ServerHeaderMode.AppendIfAbsent && head.Find(KnownHeader.Server) < 0)
        {
            head.Append("server"u8, http.ServerName);
        }

        if (head.Find(KnownHeader.Date) < 0)
        {
            head.Append("date"u8, date.Now);
        }

        if (http.AlwaysSetRequestIdInResponse && request.Get(KnownHeader.RequestId) is { IsEmpty: false } id)
        {
            head.Set("x-request-id"u8, id);
        }
    }

    /// <summary>x-envoy-upstream-service-time: milliseconds between the request's sending and the response's head.</summary>
    public static void SetServiceTime(ResponseHead head, long milliseconds)
    {
        Span<byte> text = stackalloc byte[20];
        _ = milliseconds.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        head.Remove(KnownHeader.EnvoyUpstreamServiceTime);
        head.Append("x-envoy-upstream-service-time"u8, text[..length]);
    }
}
