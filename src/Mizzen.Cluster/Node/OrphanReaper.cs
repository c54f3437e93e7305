using System.Runtime.InteropServices;

namespace Mizzen.Cluster.Node;

/// <summary>
/// The duty of process 1: to hear of the end of processes whose parents ended before them, or they stay in the process table for ever.
/// </summary>
internal sealed partial class OrphanReaper(TimeProvider clock)
{
    private const int DoNotWait = 1;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private HashSet<int> _seen = [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (Environment.ProcessId == 1)
            {
                await Task.Delay(Period, clock, cancellationToken);
                ReapSeenBefore();
            }
        }
        catch (OperationCanceledException)
        {
            // The cluster ends, and everything with it.
        }
    }

    /// <summary>Children of our own are heard of within moments; who still waits at a second look is nobody's.</summary>
    public void ReapSeenBefore()
    {
        var zombies = ProcessTable.All().Where(static process => ProcessTable.IsZombieOf(process, Environment.ProcessId)).ToHashSet();
        foreach (var orphan in zombies.Intersect(_seen))
        {
            _ = waitpid(orphan, 0, DoNotWait);
        }

        _seen = zombies;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitpid(int processId, nint status, int options);
}
