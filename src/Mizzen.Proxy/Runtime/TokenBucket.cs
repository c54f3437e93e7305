namespace Mizzen.Proxy.Runtime;

/// <summary>
/// Tokens that come back with time; shared by all loops without a lock. It begins full and lives as long as the configuration that it
/// stands in.
/// </summary>
/// <param name="most">Tokens that it holds, 1 to 2³²-1.</param>
/// <param name="perFill">Tokens that come with each fill.</param>
/// <param name="interval">Milliseconds between fills, at least 1.</param>
internal sealed class TokenBucket(uint most, uint perFill, long interval)
{
    // The number of the last fill in the upper half, the tokens in the lower: one word changes as a whole.
    private long _state = (-1L << 32) | most;

    public uint Most => most;

    public uint PerFill => perFill;

    /// <summary>Milliseconds.</summary>
    public long Interval => interval;

    /// <summary>Takes a token; false when there is none.</summary>
    /// <param name="now">Milliseconds of a clock that never goes back.</param>
    public bool TryTake(long now)
    {
        var fill = now / interval;
        while (true)
        {
            var state = Volatile.Read(ref _state);
            var last = state >> 32;
            var tokens = (uint)state;
            if (last < 0)
            {
                // The first taker starts the clock.
                last = fill & int.MaxValue;
            }

            var passed = ((fill & int.MaxValue) - last) & int.MaxValue;
            tokens = passed > int.MaxValue / 2 ? tokens : (uint)Math.Min(most, tokens + (ulong)passed * perFill);
            last = passed > int.MaxValue / 2 ? last : fill & int.MaxValue;
            if (tokens == 0)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _state, (last << 32) | (tokens - 1), state) == state)
            {
                return true;
            }
        }
    }
}
