using System.Globalization;

namespace Mizzen.Proxy.Overload;

/// <summary>How much memory this process has for itself.</summary>
internal static class ProcessMemory
{
    /// <summary>Resident bytes that no file stands behind: what the kernel would count against a container's limit and cannot take back.</summary>
    public static long Read()
    {
        var fields = File.ReadAllText("/proc/self/statm").Split(' ');
        var pages = long.Parse(fields[1], CultureInfo.InvariantCulture) - long.Parse(fields[2], CultureInfo.InvariantCulture);
        return pages * Environment.SystemPageSize;
    }
}
