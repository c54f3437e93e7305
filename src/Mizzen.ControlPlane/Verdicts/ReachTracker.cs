using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Verdicts;

/// <summary>
/// Follows which generation of which object has reached how many proxies: those that have answered a mesh that has it, without refusing what
/// was made of it.
/// </summary>
internal sealed class ReachTracker(TimeProvider clock)
{
    private readonly Dictionary<ResourceKey, Entry> _entries = [];

    /// <summary>Takes the objects of a mesh.</summary>
    /// <param name="objects">Their generations.</param>
    /// <param name="version">Which mesh it is.</param>
    public void See(IReadOnlyDictionary<ResourceKey, long?> objects, long version)
    {
        foreach (var gone in _entries.Keys.Where(key => !objects.ContainsKey(key)).ToList())
        {
            _entries.Remove(gone);
        }

        foreach (var (key, generation) in objects)
        {
            if (_entries.GetValueOrDefault(key)?.Generation != generation || !_entries.ContainsKey(key))
            {
                _entries[key] = new Entry(generation, version, clock.GetTimestamp());
            }
        }
    }

    /// <summary>How far an object has come.</summary>
    /// <param name="key">The object.</param>
    /// <param name="proxies">Of each connected proxy, the mesh that it has answered, and whether it refuses something of the object.</param>
    public Reach Of(ResourceKey key, IReadOnlyList<(long Answered, bool Refuses)> proxies)
    {
        if (_entries.GetValueOrDefault(key) is not { } entry)
        {
            return Reach.Nobody;
        }

        var programmed = proxies.Count(proxy => proxy.Answered >= entry.Version && !proxy.Refuses);
        entry.IsComplete |= programmed == proxies.Count;
        return new Reach(programmed, proxies.Count, entry.IsComplete && !proxies.Any(proxy => proxy.Refuses));
    }

    /// <summary>How long the present generation has been there.</summary>
    public TimeSpan AgeOf(ResourceKey key) => _entries.GetValueOrDefault(key) is { } entry ? clock.GetElapsedTime(entry.Since) : TimeSpan.Zero;

    private sealed record Entry(long? Generation, long Version, long Since)
    {
        public bool IsComplete { get; set; }
    }
}
