using System.Globalization;

namespace Mizzen.Bench;

/// <summary>What processes cost, from /proc (proc(5)).</summary>
internal static class ProcessFamily
{
    private const double TicksPerSecond = 100;

    /// <summary>A process with its children and theirs.</summary>
    public static List<int> Of(int processId)
    {
        var family = new List<int> { processId };
        for (var i = 0; i < family.Count; i++)
        {
            foreach (var task in Directory.EnumerateDirectories($"/proc/{family[i]}/task"))
            {
                var children = File.ReadAllText(Path.Combine(task, "children"));
                family.AddRange(children.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture)));
            }
        }

        return family;
    }

    /// <summary>User and system time so far.</summary>
    public static double CpuSecondsOf(int processId)
    {
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>Proportional set size, MiB.</summary>
    public static double MegabytesOf(int processId)
    {
        var line = File.ReadLines($"/proc/{processId}/smaps_rollup").First(text => text.StartsWith("Pss:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;
    }
}
