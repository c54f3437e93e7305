using System.Globalization;

namespace Mizzen.Cluster.Node;

/// <summary>The processes of this pid namespace (proc(5)).</summary>
internal static class ProcessTable
{
    public static IEnumerable<int> All()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id))
            {
                yield return id;
            }
        }
    }

    /// <summary>Which namespace of a kind (net, mnt) a process is in; null when it has ended.</summary>
    public static string? NamespaceOf(int process, string kind)
    {
        try
        {
            return new FileInfo($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/ns/{kind}").LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked.
            return null;
        }
    }

    /// <summary>Whether a process has ended and waits for its parent, which is <paramref name="parent"/>, to hear of it.</summary>
    public static bool IsZombieOf(int process, int parent) =>
        StatOf(process) is ["Z", var itsParent, ..] && itsParent == parent.ToString(CultureInfo.InvariantCulture);

    /// <summary>The fields of a process's stat from its state on; null when it has ended.</summary>
    public static string[]? StatOf(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/stat");
            // The program's name, in brackets, may contain anything.
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
