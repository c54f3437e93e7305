namespace Mizzen.Client;

/// <summary>How long to wait before trying again: doubling, bounded, with jitter so that many clients do not return together.</summary>
public sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    private int _failures;

    /// <summary>The wait after one more failure: half of it certain, half of it chance.</summary>
    public TimeSpan Next()
    {
        var full = Math.Min(longest.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(_failures++, 30)));
        return TimeSpan.FromMilliseconds((full / 2) + (full / 2 * Random.Shared.NextDouble()));
    }

    /// <summary>Forgets the failures.</summary>
    public void Reset() => _failures = 0;
}
