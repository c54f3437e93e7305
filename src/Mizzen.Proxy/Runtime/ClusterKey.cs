using System.Collections.Concurrent;
using System.Text;

namespace Mizzen.Proxy.Runtime;

/// <summary>
/// Name of a cluster with a small number that stays the same for the life of the process, so that routes, snapshots and per-loop state
/// meet in arrays instead of dictionaries.
/// </summary>
internal sealed class ClusterKey
{
    private static readonly ConcurrentDictionary<string, ClusterKey> All = new(StringComparer.Ordinal);
    private static readonly Lock Numbering = new();
    private static int _count;

    private ClusterKey(string name, int ordinal)
    {
        Name = name;
        Ordinal = ordinal;
        Utf8 = Encoding.UTF8.GetBytes(name);
    }

    public string Name { get; }

    public byte[] Utf8 { get; }

    /// <summary>From 0, dense.</summary>
    public int Ordinal { get; }

    /// <summary>The one key of that name. Called while a snapshot is built, never per request.</summary>
    public static ClusterKey Of(string name)
    {
        if (All.TryGetValue(name, out var known))
        {
            return known;
        }

        lock (Numbering)
        {
            return All.GetOrAdd(name, static name => new ClusterKey(name, _count++));
        }
    }

    public override string ToString() => Name;
}
