using System.Globalization;

namespace Mizzen.Cluster.Node;

/// <summary>What /proc says of a process at one moment (proc(5)).</summary>
/// <param name="Mounts">The mount namespace that it is in: which container it belongs to.</param>
/// <param name="StartedAt">Since the start of the machine.</param>
/// <param name="Busy">Processor time since it started.</param>
/// <param name="Memory">Its resident set in bytes.</param>
internal sealed record ProcessReading(string Mounts, TimeSpan StartedAt, TimeSpan Busy, long Memory)
{
    // Fields of stat, counted from the state, which is the first behind the name: utime, stime, starttime, rss.
    private const int UserTime = 11;
    private const int SystemTime = 12;
    private const int StartTime = 19;
    private const int ResidentPages = 21;

    /// <summary>USER_HZ, which is part of the kernel's binary interface.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>Reads one process; null when it has ended, or is none of ours.</summary>
    public static ProcessReading? Of(int process)
    {
        if (ProcessTable.NamespaceOf(process, "mnt") is not { } mounts || ProcessTable.StatOf(process) is not { } fields)
        {
            return null;
        }

        return new ProcessReading(mounts, Time(fields[StartTime]), Time(fields[UserTime]) + Time(fields[SystemTime]), Number(fields[ResidentPages]) * Environment.SystemPageSize);
    }

    private static TimeSpan Time(string ticks) => TimeSpan.FromSeconds(Number(ticks) / TicksPerSecond);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
