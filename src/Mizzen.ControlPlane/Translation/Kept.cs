namespace Mizzen.ControlPlane.Translation;

/// <summary>
/// Results, each with the parts of the mesh that it was made from: as long as those are the same objects, so is the result. What was made
/// from parts that are gone leaves when there is much of it. Safe for use by several threads.
/// </summary>
internal sealed class Kept<TKey, TValue>(int most)
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, Entry> _entries = [];
    private long _uses;

    /// <summary>The result for a key, made anew when any part has changed; the maker gets the result before it.</summary>
    public TValue Get(TKey key, object?[] parts, Func<TValue?, TValue> make)
    {
        Entry? last;
        lock (_gate)
        {
            last = _entries.GetValueOrDefault(key);
            if (last is not null)
            {
                last.Used = ++_uses;
            }
        }

        if (last is not null && AreSame(last.Parts, parts))
        {
            return last.Value;
        }

        var made = make(last is null ? default : last.Value);
        lock (_gate)
        {
            _entries[key] = new Entry(parts, made) { Used = ++_uses };
            Forget();
        }

        return made;
    }

    private void Forget()
    {
        if (_entries.Count > most)
        {
            foreach (var (key, _) in _entries.OrderBy(entry => entry.Value.Used).Take(_entries.Count / 2).ToList())
            {
                _entries.Remove(key);
            }
        }
    }

    private static bool AreSame(object?[] one, object?[] other)
    {
        for (var i = 0; i < one.Length; i++)
        {
            if (!ReferenceEquals(one[i], other[i]))
            {
                return false;
            }
        }

        return true;
    }

    private sealed record Entry(object?[] Parts, TValue Value)
    {
        public long Used { get; set; }
    }
}
