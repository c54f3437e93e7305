namespace Mizzen.Proxy.Clusters;

/// <summary>A loop's own dice (xoshiro256** inside): fast, seedable, not for secrets.</summary>
internal sealed class FastRandom(int? seed = null)
{
    private readonly Random _random = seed is { } value ? new Random(value) : new Random();

    /// <summary>Evenly from 0 to <paramref name="limit"/> - 1.</summary>
    public uint Below(uint limit) => limit <= 1 ? 0 : (uint)_random.NextInt64(limit);

    /// <summary>Any number.</summary>
    public ulong Next()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        _random.NextBytes(bytes);
        return BitConverter.ToUInt64(bytes);
    }

    public void Fill(Span<byte> bytes) => _random.NextBytes(bytes);
}
