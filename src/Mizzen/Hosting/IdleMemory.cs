using System.Runtime;

namespace Mizzen.Hosting;

/// <summary>
/// Gives memory back to the kernel when the process has become quiet. A start leaves several times the memory behind that the process
/// goes on to use, and the collector of a process that allocates little has no occasion to return it.
/// </summary>
internal sealed class IdleMemory : IDisposable
{
    private const long Quiet = 4 << 20;
    private const long WorthACollection = 24 << 20;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly ITimer _timer;
    private long _seen;
    private long _collected;

    /// <summary>Watches how much is allocated until it is disposed.</summary>
    public IdleMemory(TimeProvider clock)
    {
        _timer = clock.CreateTimer(_ => Look(), null, Interval, Interval);
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var allocated = GC.GetTotalAllocatedBytes();
        if (allocated - _seen < Quiet && allocated - _collected > WorthACollection)
        {
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _collected = allocated;
        }

        _seen = allocated;
    }
}
