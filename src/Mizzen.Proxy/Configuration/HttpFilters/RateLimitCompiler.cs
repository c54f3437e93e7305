using Envoy.Extensions.Filters.Http.LocalRatelimit.V3;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Configuration.HttpFilters;

/// <summary>LocalRateLimit messages of requests and of connections.</summary>
internal static class RateLimitCompiler
{
    public static FilterKind Kind { get; } = new FilterKind<LocalRateLimit, LocalRateLimit>
    {
        Name = "envoy.filters.http.local_ratelimit",
        Listener = Compile,
        Route = static (message, problems) => new FilterOverride(Compile(message, problems)),
    };

    public static ConnectionLimitModel? Compile(Envoy.Extensions.Filters.Network.LocalRatelimit.V3.LocalRateLimit message, Problems problems) =>
        Bucket(message.TokenBucket, problems) is { } bucket ? new ConnectionLimitModel(message.StatPrefix, bucket) : null;

    private static RateLimitModel Compile(LocalRateLimit message, Problems problems)
    {
        if (message.Descriptors.Count > 0)
        {
            problems.Add("descriptors: limits by descriptors are not supported: use a limit per route");
        }

        if (message.LocalRateLimitPerDownstreamConnection)
        {
            problems.Add("local_rate_limit_per_downstream_connection: is not supported: the limit is the whole proxy's");
        }

        return new RateLimitModel
        {
            StatPrefix = message.StatPrefix,
            Bucket = message.TokenBucket is { } bucket ? Bucket(bucket, problems) : null,
            Status = message.Status?.Code is >= 400 and <= 599 ? message.Status.Code : 429,
            EnabledPerMillion = message.FilterEnabled is { DefaultValue: { } enabled } ? Values.PerMillion(enabled) : 0,
            EnforcedPerMillion = message.FilterEnforced is { DefaultValue: { } enforced } ? Values.PerMillion(enforced) : 0,
            ResponseHeaders = Values.Headers(message.ResponseHeadersToAdd, []),
            NotEnforcedHeaders = Values.Headers(message.RequestHeadersToAddWhenNotEnforced, []),
        };
    }

    private static TokenBucket? Bucket(Envoy.Type.V3.TokenBucket? message, Problems problems)
    {
        var interval = Values.Milliseconds(message?.FillInterval, 0);
        if (message is null || message.MaxTokens == 0 || interval < 1 || message.TokensPerFill == 0)
        {
            problems.Add("token_bucket: needs max_tokens and a fill_interval of at least 1ms, and no tokens_per_fill of 0");
            return null;
        }

        return new TokenBucket(message.MaxTokens, message.TokensPerFill ?? 1, interval);
    }
}
