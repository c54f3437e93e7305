using System.Collections.Concurrent;

namespace Mizzen.Proxy.Runtime;

/// <summary>A limit of the connections that a filter chain has at a time (<c>envoy.filters.network.connection_limit</c>).</summary>
/// <param name="StatPrefix">Part of the counters' names.</param>
/// <param name="MaxConnections">Connections over all loops.</param>
/// <param name="Count">Those there are now. It outlives the configuration, for the connections do.</param>
internal sealed record ConnectionCapModel(string StatPrefix, ulong MaxConnections, ConnectionCount Count) : FilterSettings
{
    /// <summary>Connections that were closed for the limit.</summary>
    public CounterKey Limited { get; } = CounterKey.Plain($"connection_limit.{StatPrefix}.limited_connections");

    public CounterKey Active { get; } = CounterKey.Plain($"connection_limit.{StatPrefix}.active_connections", isGauge: true);
}

/// <summary>Connections that count together, on all loops.</summary>
internal sealed class ConnectionCount
{
    private static readonly ConcurrentDictionary<string, ConnectionCount> All = new(StringComparer.Ordinal);

    private long _count;

    private ConnectionCount()
    {
    }

    /// <summary>The count of a filter chain, the same whenever the configuration names it again.</summary>
    public static ConnectionCount Of(string owner) => All.GetOrAdd(owner, static _ => new ConnectionCount());

    public bool TryEnter(ulong most)
    {
        if ((ulong)Interlocked.Increment(ref _count) <= most)
        {
            return true;
        }

        Interlocked.Decrement(ref _count);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _count);
}
