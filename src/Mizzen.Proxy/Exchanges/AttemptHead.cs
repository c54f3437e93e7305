using System.Globalization;
using System.Text;

using Mizzen.Proxy.Clusters;
using Mizzen.Proxy.Filters;
using Mizzen.Proxy.Filters.MetadataExchange;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Exchanges;

/// <summary>What an attempt does to the request's header, and asks of it.</summary>
internal static class AttemptHead
{
    /// <summary>Sets what depends on the attempt's number and endpoint.</summary>
    public static void Prepare(ExchangeRecord record, EndpointState endpoint, RouteActionModel.Forward action, bool countsAttempts, PeerIdentity identity)
    {
        var request = record.Request;
        if (countsAttempts)
        {
            request.Remove(KnownHeader.EnvoyAttemptCount);
            AppendNumber(request, "x-envoy-attempt-count"u8, record.Attempts);
        }

        if (action.AutoHostRewrite && endpoint.Model.HostName.Length > 0)
        {
            request.Authority = Encoding.ASCII.GetBytes(endpoint.Model.HostName);
        }

        if (record.Http!.SendsPeerMetadata)
        {
            PeerMetadata.Remove(request);
            if (endpoint.Model.Workload.Length > 0)
            {
                PeerMetadata.Announce(request, identity);
            }
        }
    }

    /// <summary>Tells the upstream how many milliseconds it has (x-envoy-expected-rq-timeout-ms); nothing for 0.</summary>
    public static void SetExpectedTimeout(RequestHead request, long milliseconds)
    {
        request.Remove("x-envoy-expected-rq-timeout-ms"u8);
        if (milliseconds > 0)
        {
            AppendNumber(request, "x-envoy-expected-rq-timeout-ms"u8, milliseconds);
        }
    }

    /// <summary>
    /// A server may close an idle connection, or say that it takes no more streams on one (RFC 9113 section 6.8), in the very moment in
    /// which we use it again. Then the request, if repeating it is safe, goes out once more without counting as a retry
    /// (RFC 9110 section 9.2.2, RFC 9112 section 9.3.1).
    /// </summary>
    public static bool MayRepeat(RequestHead request)
    {
        var method = request.Method;
        return request.Framing == BodyFraming.None && !request.WantsUpgrade
            && (request.IsHead || method.SequenceEqual("GET"u8) || method.SequenceEqual("OPTIONS"u8)
                || method.SequenceEqual("PUT"u8) || method.SequenceEqual("DELETE"u8));
    }

    private static void AppendNumber(RequestHead request, ReadOnlySpan<byte> name, long number)
    {
        Span<byte> text = stackalloc byte[20];
        _ = number.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        request.Append(name, text[..length]);
    }
}
