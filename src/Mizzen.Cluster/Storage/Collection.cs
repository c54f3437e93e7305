using System.Collections.Immutable;

namespace Mizzen.Cluster.Storage;

/// <summary>
/// The objects of one resource in memory, its latest events and its watchers. Guarded by the store's lock.
/// </summary>
internal sealed class Collection(long floor)
{
    private const int EventsKept = 4096;

    private readonly Queue<StoreEvent> _events = new();
    private readonly List<WatchSubscription> _watchers = [];
    private long _forgotten = floor;

    /// <summary>Readers take the reference without the lock: the dictionary never changes.</summary>
    internal ImmutableSortedDictionary<ObjectKey, StoredObject> Objects { get; private set; } = ImmutableSortedDictionary<ObjectKey, StoredObject>.Empty;

    /// <summary>Takes an object of which nothing but its state is known.</summary>
    internal void Load(StoredObject stored) => Objects = Objects.SetItem(stored.Key, stored);

    internal void Publish(StoreEvent change)
    {
        Objects = change.Deleted ? Objects.Remove(change.Object.Key) : Objects.SetItem(change.Object.Key, change.Object);
        _events.Enqueue(change);
        if (_events.Count > EventsKept)
        {
            _forgotten = _events.Dequeue().Revision;
        }

        foreach (var watcher in _watchers)
        {
            watcher.Offer(new WatchItem(change, change.Revision));
        }
    }

    /// <exception cref="RevisionExpiredException">The events after <paramref name="from"/> are gone.</exception>
    internal void Subscribe(WatchSubscription watcher, long from)
    {
        if (from < _forgotten)
        {
            throw new RevisionExpiredException(from, _forgotten);
        }

        foreach (var change in _events)
        {
            if (change.Revision > from)
            {
                watcher.Offer(new WatchItem(change, change.Revision));
            }
        }

        _watchers.Add(watcher);
    }

    internal void Unsubscribe(WatchSubscription watcher)
    {
        _watchers.Remove(watcher);
        watcher.Complete();
    }

    internal void CompleteWatchers()
    {
        foreach (var watcher in _watchers)
        {
            watcher.Complete();
        }

        _watchers.Clear();
    }
}
