using System.Diagnostics;
using System.Globalization;

namespace Mizzen.Clusters;

/// <summary>A cluster whose process lives: found through its record, ended by its process id.</summary>
internal sealed class RunningCluster(ClusterName name, ClusterDirectory directory, ClusterRecord record)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public ClusterName Name => name;

    public ClusterDirectory Directory => directory;

    public ClusterRecord Record => record;

    public static RunningCluster? Find(ClusterName name)
    {
        var directory = ClusterDirectory.Of(name);
        var record = ClusterRecord.Read(directory);
        return record is not null && IsOurs(record, directory) ? new RunningCluster(name, directory, record) : null;
    }

    /// <summary>The running cluster, or a complaint that says what to do.</summary>
    /// <exception cref="UserErrorException">There is none of that name.</exception>
    public static RunningCluster Require(ClusterName name)
    {
        var found = Find(name);
        if (found is not null)
        {
            return found;
        }

        var others = All().Select(cluster => cluster.Name.Value).ToList();
        var hint = others.Count > 0 ? $"running: {string.Join(", ", others)}; choose one with --name" : "start one with: mizzen up";
        throw new UserErrorException($"no cluster named {name} is running ({hint})");
    }

    public static IEnumerable<RunningCluster> All() => ClusterDirectory.Existing().Select(Find).OfType<RunningCluster>();

    /// <summary>Ends the cluster: politely first, by force after <paramref name="grace"/>. The kernel removes its namespaces with it.</summary>
    public async Task EndAsync(TimeSpan grace, TimeProvider clock, CancellationToken cancellationToken)
    {
        foreach (var child in ChildrenOf(record.ProcessId))
        {
            NativeProcess.Signal(child, NativeProcess.SigTerm);
        }

        var start = clock.GetTimestamp();
        while (IsAlive(record.ProcessId) && clock.GetElapsedTime(start) < grace)
        {
            await Task.Delay(Pause, clock, cancellationToken);
        }

        if (IsAlive(record.ProcessId))
        {
            NativeProcess.Signal(record.ProcessId, NativeProcess.SigKill);
        }

        while (IsAlive(record.ProcessId))
        {
            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    public static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    // The recorded process is unshare(1), which waits with SIGTERM blocked; its one child is the cluster process.
    private static IEnumerable<int> ChildrenOf(int processId)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/task/{processId}/children")
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return [];
        }
    }

    // Process ids are used again: the command line must name this cluster's directory.
    private static bool IsOurs(ClusterRecord record, ClusterDirectory directory)
    {
        try
        {
            var commandLine = File.ReadAllText($"/proc/{record.ProcessId}/cmdline");
            return commandLine.Split('\0').Contains(directory.Path);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
