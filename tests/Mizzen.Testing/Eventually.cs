namespace Mizzen.Testing;

/// <summary>Waits on conditions: the one way in which tests wait for something that happens elsewhere.</summary>
public static class Eventually
{
    /// <summary>How long a condition may take before the test fails; generous because build machines are slow.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Evaluates <paramref name="condition"/> until it holds or <see cref="Patience"/> is used up.</summary>
    /// <exception cref="TimeoutException">The condition did not hold in time; the message carries <paramref name="what"/>.</exception>
    public static Task HoldsAsync(Func<bool> condition, string what, CancellationToken cancellationToken) =>
        HoldsAsync(() => Task.FromResult(condition()), what, cancellationToken);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, string, CancellationToken)"/>
    /// <param name="condition">What is waited for.</param>
    /// <param name="what">Says what did not come, when it did not.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task HoldsAsync(Func<bool> condition, Func<string> what, CancellationToken cancellationToken)
    {
        try
        {
            await HoldsAsync(condition, "", cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"not within {Patience.TotalSeconds:0} s: {what()}");
        }
    }

    /// <inheritdoc cref="HoldsAsync(Func{bool}, string, CancellationToken)"/>
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what, CancellationToken cancellationToken, TimeSpan? patience = null)
    {
        var clock = TimeProvider.System;
        var start = clock.GetTimestamp();
        var limit = patience ?? Patience;
        while (!await condition())
        {
            if (clock.GetElapsedTime(start) > limit)
            {
                throw new TimeoutException($"not within {limit.TotalSeconds:0} s: {what}");
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }
}
