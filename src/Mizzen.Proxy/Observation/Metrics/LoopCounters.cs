using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Observation.Metrics;

/// <summary>The counters of one loop since it last handed them over.</summary>
internal sealed class LoopCounters(MetricsRegistry registry)
{
    private CounterKey?[] _keys = [];
    private long[] _counts = [];

    public void Add(CounterKey key, long amount)
    {
        if (key.Ordinal >= _counts.Length)
        {
            Array.Resize(ref _counts, Math.Max(32, (key.Ordinal + 1) * 2));
            Array.Resize(ref _keys, _counts.Length);
        }

        _keys[key.Ordinal] = key;
        _counts[key.Ordinal] += amount;
    }

    /// <summary>Adds what was counted to the totals.</summary>
    public void Flush() => registry.Merge(Move);

    private void Move()
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            if (_keys[i] is { } key)
            {
                // A counter that was touched is shown, even at 0.
                registry.Counters[key.Name] = (key, registry.Counters.GetValueOrDefault(key.Name).Count + _counts[i]);
                _keys[i] = null;
                _counts[i] = 0;
            }
        }
    }
}
