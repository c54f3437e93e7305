namespace Mizzen.Proxy.Observation.Metrics;

/// <summary>A distribution over the buckets of Istio's standard metrics.</summary>
internal sealed class Histogram
{
    private readonly long[] _counts = new long[Bounds.Length + 1];

    /// <summary>Upper bounds of the buckets; one without a bound follows.</summary>
    public static double[] Bounds { get; } =
        [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000];

    public double Sum { get; private set; }

    /// <summary>Observations per bucket, each in one bucket only.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    public void Observe(double value)
    {
        var bucket = 0;
        while (bucket < Bounds.Length && value > Bounds[bucket])
        {
            bucket++;
        }

        _counts[bucket]++;
        Sum += value;
    }

    /// <summary>Adds all of these observations to <paramref name="total"/> and forgets them.</summary>
    public void MoveTo(Histogram total)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            total._counts[i] += _counts[i];
        }

        total.Sum += Sum;
        Array.Clear(_counts);
        Sum = 0;
    }
}
