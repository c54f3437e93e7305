using System.Globalization;
using Envoy.Config.Route.V3;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration;

/// <summary>RetryPolicy messages as retry models.</summary>
internal static class RetryCompiler
{
    private const string PreviousHosts = "envoy.retry_host_predicates.previous_hosts";
    private const long DefaultBackOff = 25;
    private const long DefaultResetMax = 300_000;

    /// <summary>Envoy's words for <c>retry_on</c>.</summary>
    private static readonly Dictionary<string, RetryOn> Conditions = new(StringComparer.Ordinal)
    {
        ["5xx"] = RetryOn.ServerError,
        ["gateway-error"] = RetryOn.GatewayError,
        ["reset"] = RetryOn.Reset,
        ["reset-before-request"] = RetryOn.ResetBeforeRequest,
        ["connect-failure"] = RetryOn.ConnectFailure,
        ["retriable-4xx"] = RetryOn.Retriable4xx,
        ["refused-stream"] = RetryOn.RefusedStream,
        ["retriable-status-codes"] = RetryOn.RetriableStatusCodes,
        ["retriable-headers"] = RetryOn.RetriableHeaders,
        ["envoy-ratelimited"] = RetryOn.EnvoyRateLimited,
        ["cancelled"] = RetryOn.GrpcCancelled,
        ["deadline-exceeded"] = RetryOn.GrpcDeadlineExceeded,
        ["internal"] = RetryOn.GrpcInternal,
        ["resource-exhausted"] = RetryOn.GrpcResourceExhausted,
        ["unavailable"] = RetryOn.GrpcUnavailable,
        // HTTP/3 is not spoken here: there is nothing that this condition could meet.
        ["http3-post-connect-failure"] = RetryOn.None,
    };

    public static RetryModel? Compile(RetryPolicy? message, Problems problems)
    {
        if (message is null)
        {
            return null;
        }

        using var scope = problems.At("retry_policy");
        var first = Values.Milliseconds(message.RetryBackOff?.BaseInterval, DefaultBackOff);
        return new RetryModel
        {
            On = On(message.RetryOn, problems),
            Count = (int)(message.NumRetries ?? 1),
            PerTryTimeout = Values.Milliseconds(message.PerTryTimeout, 0),
            StatusCodes = [.. message.RetriableStatusCodes.Select(code => (int)code)],
            RetriableHeaders = [.. message.RetriableHeaders.Select(header => RouteMatchCompiler.Header(header, problems))],
            BackOffBase = first,
            BackOffMax = Values.Milliseconds(message.RetryBackOff?.MaxInterval, first * 10),
            ResetFields = [.. (message.RateLimitedRetryBackOff?.ResetHeaders ?? []).Select(field => new RetryResetField(
                Values.Utf8(field.Name.ToLowerInvariant()), field.Format == RetryPolicy.Types.ResetHeaderFormat.UnixTimestamp))],
            ResetMax = Values.Milliseconds(message.RateLimitedRetryBackOff?.MaxInterval, DefaultResetMax),
            AvoidPreviousHosts = message.RetryHostPredicate.Any(predicate => predicate.Name == PreviousHosts),
            HostSelectionAttempts = (int)Math.Clamp(message.HostSelectionRetryMaxAttempts, 1, 100),
        };
    }

    private static RetryOn On(string text, Problems problems)
    {
        var on = RetryOn.None;
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (Conditions.TryGetValue(word, out var condition))
            {
                on |= condition;
            }
            else
            {
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"retry_on: '{word}' is not a condition"));
            }
        }

        return on;
    }
}
