using System.Runtime.CompilerServices;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Filters.RateLimit;

/// <summary>Closes connections for which there is no token (<c>envoy.filters.network.local_ratelimit</c>).</summary>
internal static class ConnectionLimit
{
    private static readonly ConditionalWeakTable<ConnectionLimitModel, CounterKey> Counters = [];

    public static bool Admit(ConnectionLimitModel model, ITrafficObserver observer)
    {
        if (model.Bucket.TryTake(Environment.TickCount64))
        {
            return true;
        }

        observer.Count(Counters.GetValue(model, static model => CounterKey.Plain($"local_rate_limit.{model.StatPrefix}.rate_limited")));
        return false;
    }
}
