namespace Mizzen.Proxy.Loop;

/// <summary>Buffers of one loop in four sizes, handed out last in first out so that they stay warm.</summary>
/// <remarks>Not safe for other threads. Who rents returns, exactly once, when its operation is complete; <see cref="Rented"/> lets a test prove it.</remarks>
internal sealed class BufferPool
{
    public const int Largest = 64 * 1024;

    private static readonly int[] Sizes = [2 * 1024, 8 * 1024, 16 * 1024, Largest];

    // Kept per size: enough for a burst of 64 concurrent messages, small enough (2.6 MB at most) to keep an idle proxy small.
    private static readonly int[] Kept = [128, 64, 64, 16];

    private readonly Stack<byte[]>[] _free = [new(), new(), new(), new()];

    /// <summary>Buffers now out.</summary>
    public int Rented { get; private set; }

    /// <summary>A buffer of at least <paramref name="size"/> bytes with old content.</summary>
    public byte[] Rent(int size)
    {
        Rented++;
        for (var i = 0; i < Sizes.Length; i++)
        {
            if (size <= Sizes[i])
            {
                return _free[i].TryPop(out var buffer) ? buffer : GC.AllocateUninitializedArray<byte>(Sizes[i], pinned: true);
            }
        }

        return GC.AllocateUninitializedArray<byte>(size);
    }

    public void Return(byte[] buffer)
    {
        Rented--;
        for (var i = 0; i < Sizes.Length; i++)
        {
            if (buffer.Length == Sizes[i])
            {
                if (_free[i].Count < Kept[i])
                {
                    _free[i].Push(buffer);
                }

                return;
            }
        }
    }
}
