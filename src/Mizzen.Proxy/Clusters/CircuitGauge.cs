namespace Mizzen.Proxy.Clusters;

/// <summary>What a circuit breaker counts.</summary>
internal enum CircuitResource
{
    Connections,
    Pending,
    Requests,
    Retries,
}

/// <summary>
/// How much of a cluster's circuit limits is used, over all loops: a limit of one connection means one, not one per core. Loops share
/// nothing else; the counters are atomic, and each lies on a cache line of its own.
/// </summary>
internal sealed class CircuitGauge
{
    private const int Stride = 16;

    private readonly int[] _used = new int[(4 + 1) * Stride];

    /// <summary>Takes one if fewer than <paramref name="limit"/> are taken.</summary>
    public bool TryEnter(CircuitResource resource, uint limit)
    {
        ref var used = ref Of(resource);
        if (limit == uint.MaxValue)
        {
            Interlocked.Increment(ref used);
            return true;
        }

        if ((uint)Interlocked.Increment(ref used) <= limit)
        {
            return true;
        }

        Interlocked.Decrement(ref used);
        return false;
    }

    /// <summary>Gives one back.</summary>
    public void Leave(CircuitResource resource) => Interlocked.Decrement(ref Of(resource));

    /// <summary>How many are taken now.</summary>
    public int Used(CircuitResource resource) => Volatile.Read(ref Of(resource));

    private ref int Of(CircuitResource resource) => ref _used[((int)resource + 1) * Stride];
}
