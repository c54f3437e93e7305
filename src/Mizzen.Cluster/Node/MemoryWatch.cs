using System.Globalization;

namespace Mizzen.Cluster.Node;

/// <summary>
/// Holds containers to their memory limits without cgroups, which an ordinary user seldom has and which would outlive a cluster that is
/// killed: it looks at what their processes have in memory, and ends a container that has more than it may, as the kernel would.
/// </summary>
internal sealed class MemoryWatch(Func<IEnumerable<ContainerRunner>> containers, TimeProvider clock)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Period, clock, cancellationToken);
                Look();
            }
        }
        catch (OperationCanceledException)
        {
            // The cluster ends.
        }
    }

    private void Look()
    {
        var limited = containers().Where(container => container is { MemoryLimit: not null, MountNamespace: not null }).ToDictionary(container => container.MountNamespace!);
        if (limited.Count == 0)
        {
            return;
        }

        var processes = ProcessTable.All().Select(process => (Id: process, Mounts: ProcessTable.NamespaceOf(process, "mnt")));
        foreach (var container in processes.Where(process => process.Mounts is not null && limited.ContainsKey(process.Mounts)).GroupBy(process => process.Mounts!, process => process.Id))
        {
            var runner = limited[container.Key];
            // What processes share counts for each of them in the first sum, which is cheap, and once in the second.
            if (container.Sum(Resident) > runner.MemoryLimit && container.Sum(Own) > runner.MemoryLimit)
            {
                runner.EndForMemory();
            }
        }
    }

    private static long Resident(int process) => ProcessReading.Of(process)?.Memory ?? 0;

    // Anonymous memory and shared memory: pages of files can be taken away at any time.
    private static long Own(int process)
    {
        try
        {
            return File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/smaps_rollup"))
                .Where(line => line.StartsWith("Pss_Anon:", StringComparison.Ordinal) || line.StartsWith("Pss_Shmem:", StringComparison.Ordinal))
                .Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked.
            return 0;
        }
    }
}
