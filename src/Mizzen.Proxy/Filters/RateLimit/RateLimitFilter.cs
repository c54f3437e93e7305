using Mizzen.Proxy.Filters.HeaderMutation;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.RateLimit;

/// <summary>Refuses requests for which there is no token (<c>envoy.filters.http.local_ratelimit</c>).</summary>
internal sealed class RateLimitFilter(RateLimitModel model) : HttpFilter
{
    private readonly CounterKey _enabled = CounterKey.Plain($"{model.StatPrefix}.http_local_rate_limit.enabled");
    private readonly CounterKey _ok = CounterKey.Plain($"{model.StatPrefix}.http_local_rate_limit.ok");
    private readonly CounterKey _limited = CounterKey.Plain($"{model.StatPrefix}.http_local_rate_limit.rate_limited");
    private readonly CounterKey _enforced = CounterKey.Plain($"{model.StatPrefix}.http_local_rate_limit.enforced");

    public override FilterVerdict OnRequest(IFilterHost host)
    {
        if (model.Bucket is not { } bucket || host.Random.Below(1_000_000) >= model.EnabledPerMillion)
        {
            return FilterVerdict.Continue;
        }

        host.Count(_enabled);
        if (bucket.TryTake(Environment.TickCount64))
        {
            host.Count(_ok);
            return FilterVerdict.Continue;
        }

        host.Count(_limited);
        if (host.Random.Below(1_000_000) >= model.EnforcedPerMillion)
        {
            HeaderMutationFilter.Apply(model.NotEnforcedHeaders, host, host.Record.Request, null);
            return FilterVerdict.Continue;
        }

        host.Count(_enforced);
        var reply = host.BeginResponse(model.Status, "local_rate_limited"u8);
        HeaderMutationFilter.Apply(model.ResponseHeaders, host, reply, reply);
        host.Respond(reply, "local_rate_limited"u8, ResponseFlags.RateLimited, "local_rate_limited");
        return FilterVerdict.Responded;
    }
}
