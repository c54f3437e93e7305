using Mizzen.Proxy.Http;
using Mizzen.Proxy.Routing;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Exchanges;

/// <summary>Whether an attempt's outcome is one that the policy retries (Envoy's <c>retry_on</c>), and how long to wait first. Pure.</summary>
internal static class RetryDecision
{
    /// <summary>An attempt that ended without a response.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="fault">What happened; a per-try timeout counts as a reset.</param>
    /// <param name="sent">The request, or a part of it, was sent.</param>
    public static bool Covers(RetryModel policy, UpstreamFault fault, bool sent)
    {
        if (fault == UpstreamFault.Overflow)
        {
            return false;
        }

        var on = policy.On;
        return (on & (RetryOn.ServerError | RetryOn.GatewayError | RetryOn.Reset)) != 0
            || (Has(on, RetryOn.ResetBeforeRequest) && (!sent || fault == UpstreamFault.Refused))
            || (Has(on, RetryOn.RefusedStream) && fault == UpstreamFault.Refused)
            || (Has(on, RetryOn.ConnectFailure) && fault is UpstreamFault.ConnectFailed or UpstreamFault.ConnectTimeout);
    }

    /// <summary>An attempt that was answered.</summary>
    public static bool Covers(RetryModel policy, ResponseHead response)
    {
        var on = policy.On;
        var status = response.Status;
        return (Has(on, RetryOn.ServerError) && status >= 500)
            || (Has(on, RetryOn.GatewayError) && status is 502 or 503 or 504)
            || (Has(on, RetryOn.Retriable4xx) && status == 409)
            || (Has(on, RetryOn.RetriableStatusCodes) && Lists(policy.StatusCodes, status))
            || (Has(on, RetryOn.RetriableHeaders) && HasHeader(policy, response))
            || (Has(on, RetryOn.EnvoyRateLimited) && response.Find("x-envoy-ratelimited"u8) >= 0)
            || CoversGrpc(on, response);
    }

    /// <summary>Upper bound of the pause before retry number <paramref name="retry"/> (from 1); the pause is anything below it (full jitter).</summary>
    public static long BackOffBound(RetryModel policy, int retry) =>
        Math.Clamp(policy.BackOffBase << Math.Min(retry - 1, 20), 1, Math.Max(1, policy.BackOffMax));

    /// <summary>
    /// Milliseconds that the response asks to wait before the next attempt (<c>rate_limited_retry_back_off</c>); 0 when it asks for nothing
    /// that can be followed.
    /// </summary>
    public static long PauseWished(RetryModel policy, ResponseHead response, long unixSeconds)
    {
        for (var i = 0; i < policy.ResetFields.Count; i++)
        {
            var field = policy.ResetFields[i];
            if (!response.TryGet(field.Name, out var value) || !FieldSyntax.TryReadLength(value, out var seconds))
            {
                continue;
            }

            var wait = field.IsTime ? seconds - unixSeconds : seconds;
            if (wait > 0 && wait <= policy.ResetMax / 1000)
            {
                return wait * 1000;
            }
        }

        return 0;
    }

    // Enum.HasFlag boxes both sides until the method is optimized.
    private static bool Has(RetryOn on, RetryOn condition) => (on & condition) != 0;

    private static bool Lists(IReadOnlyList<int> codes, int status)
    {
        for (var i = 0; i < codes.Count; i++)
        {
            if (codes[i] == status)
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasHeader(RetryModel policy, ResponseHead response)
    {
        for (var i = 0; i < policy.RetriableHeaders.Count; i++)
        {
            if (HeaderMatcher.Matches(policy.RetriableHeaders[i], response))
            {
                return true;
            }
        }

        return false;
    }

    private static bool CoversGrpc(RetryOn on, ResponseHead response)
    {
        const RetryOn Any = RetryOn.GrpcCancelled | RetryOn.GrpcDeadlineExceeded | RetryOn.GrpcInternal
            | RetryOn.GrpcResourceExhausted | RetryOn.GrpcUnavailable;
        if ((on & Any) == 0 || !response.TryGet("grpc-status"u8, out var value) || !FieldSyntax.TryReadLength(value, out var status))
        {
            return false;
        }

        var condition = status switch
        {
            1 => RetryOn.GrpcCancelled,
            4 => RetryOn.GrpcDeadlineExceeded,
            8 => RetryOn.GrpcResourceExhausted,
            13 => RetryOn.GrpcInternal,
            14 => RetryOn.GrpcUnavailable,
            _ => RetryOn.None,
        };
        return (on & condition) != 0;
    }
}
