using System.Globalization;

namespace Mizzen.Cluster.Node;

/// <summary>
/// Processor time and memory by container, from /proc: no cgroup is needed for it. Processor time counts from a reading that is one to
/// two periods old, or from the start of a younger process; processes that came and went in between are not seen.
/// </summary>
internal sealed class UsageMeter(TimeProvider clock)
{
    /// <summary>metrics-server's default resolution.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    private Sample _last = Sample.Take();
    private Sample _before = Sample.Take();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Period, clock, cancellationToken);
                _before = _last;
                _last = Sample.Take();
            }
        }
        catch (OperationCanceledException)
        {
            // The cluster ends.
        }
    }

    /// <summary>Cores and bytes by mount namespace, now.</summary>
    public IReadOnlyDictionary<string, (double Cores, long Memory)> Read()
    {
        var (now, before) = (Sample.Take(), _before);
        return now.Processes
            .GroupBy(process => process.Value.Mounts)
            .ToDictionary(
                container => container.Key,
                container => (container.Sum(process => Cores(now, before, process.Key, process.Value)), container.Sum(process => process.Value.Memory)));
    }

    private static double Cores(Sample now, Sample before, int id, ProcessReading process)
    {
        var known = before.Processes.GetValueOrDefault(id) is { } earlier && earlier.StartedAt == process.StartedAt ? earlier : null;
        var time = now.At - (known is null ? process.StartedAt : before.At);
        return time > TimeSpan.Zero ? (process.Busy - (known?.Busy ?? TimeSpan.Zero)) / time : 0;
    }

    private sealed record Sample(TimeSpan At, IReadOnlyDictionary<int, ProcessReading> Processes)
    {
        public static Sample Take() => new(
            TimeSpan.FromSeconds(double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture)),
            ProcessTable.All()
                .Select(process => (Id: process, Reading: ProcessReading.Of(process)))
                .Where(entry => entry.Reading is not null)
                .ToDictionary(entry => entry.Id, entry => entry.Reading!));
    }
}
