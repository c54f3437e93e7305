using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Mizzen.Cluster.Storage;

/// <summary>
/// All objects of the cluster. Reads and watches come from memory; writes go through one writer that gives each change the next
/// revision, commits whatever is waiting in one SQLite transaction and only then shows it to readers and watchers.
/// </summary>
internal sealed class ObjectStore : IAsyncDisposable
{
    private const int BatchLimit = 256;

    // Enough for whoever was cut off by a restart; a few at a time, so that no writer waits for it.
    private const int ChangesKept = 8192;
    private const int ChangesForgottenAtOnce = 256;

    private readonly Lock _gate = new();
    private readonly Database _database;
    private readonly ILogger _logger;
    private readonly Dictionary<ResourceName, Collection> _collections = [];
    private readonly Channel<PendingWrite> _writes = Channel.CreateUnbounded<PendingWrite>(new UnboundedChannelOptions { SingleReader = true });
    private readonly long _floor;
    private readonly Task _writer;
    private long _revision;

    private ObjectStore(Database database, ILogger logger)
    {
        _database = database;
        _logger = logger;
        _revision = _floor = database.Floor;
        foreach (var change in database.Load())
        {
            Restore(change);
        }

        _writer = Task.Run(WriteLoopAsync);
    }

    /// <summary>The revision of the last change.</summary>
    public long Revision
    {
        get
        {
            lock (_gate)
            {
                return _revision;
            }
        }
    }

    /// <exception cref="IOException">The file cannot be opened: no permission, damaged, or used by another process.</exception>
    public static ObjectStore Open(string path, ILogger logger) => new(new Database(path), logger);

    public StoredObject? Find(ResourceName resource, ObjectKey key) =>
        Snapshot(resource).Objects.TryGetValue(key, out var found) ? found : null;

    public StoreSnapshot Snapshot(ResourceName resource)
    {
        lock (_gate)
        {
            return new StoreSnapshot(CollectionOf(resource).Objects, _revision);
        }
    }

    /// <summary>Makes a change if its condition holds when its turn comes.</summary>
    public Task<StoreOutcome> WriteAsync(StoreWrite write)
    {
        var pending = new PendingWrite(write, new TaskCompletionSource<StoreOutcome>(TaskCreationOptions.RunContinuationsAsynchronously));
        ObjectDisposedException.ThrowIf(!_writes.Writer.TryWrite(pending), this);
        return pending.Completion.Task;
    }

    /// <summary>Follows a resource.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="after">Changes after this revision; null: a snapshot first, then what follows it.</param>
    /// <exception cref="RevisionExpiredException">The events after that revision are gone.</exception>
    public WatchSubscription Watch(ResourceName resource, long? after)
    {
        lock (_gate)
        {
            var collection = CollectionOf(resource);
            var watcher = new WatchSubscription(
                after is null ? new StoreSnapshot(collection.Objects, _revision) : null,
                w => Unsubscribe(collection, w));
            collection.Subscribe(watcher, after ?? _revision);
            return watcher;
        }
    }

    /// <summary>Puts a mark behind everything the watcher has been sent, with the revision up to which it then has seen all.</summary>
    public void Mark(WatchSubscription watcher)
    {
        lock (_gate)
        {
            watcher.Offer(new WatchItem(null, _revision));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _writes.Writer.TryComplete();
        await _writer;
        lock (_gate)
        {
            foreach (var collection in _collections.Values)
            {
                collection.CompleteWatchers();
            }
        }

        _database.Dispose();
    }

    private void Unsubscribe(Collection collection, WatchSubscription watcher)
    {
        lock (_gate)
        {
            collection.Unsubscribe(watcher);
        }
    }

    private Collection CollectionOf(ResourceName resource)
    {
        if (!_collections.TryGetValue(resource, out var collection))
        {
            collection = new Collection(_floor);
            _collections.Add(resource, collection);
        }

        return collection;
    }

    private void Restore(StoredChange change)
    {
        var collection = CollectionOf(change.Resource);
        var revision = change.Object.Revision;
        if (revision <= _floor)
        {
            collection.Load(change.Object);
            return;
        }

        collection.Publish(new StoreEvent(revision, change.Object, collection.Objects.GetValueOrDefault(change.Object.Key), change.Deleted));
        _revision = revision;
    }

    private async Task WriteLoopAsync()
    {
        var batch = new WriteBatch(this);
        while (await _writes.Reader.WaitToReadAsync())
        {
            batch.Begin(_revision);
            while (batch.Count < BatchLimit && _writes.Reader.TryRead(out var pending))
            {
                Add(batch, pending);
            }

            Finish(batch);
            Forget();
        }
    }

    private void Forget()
    {
        if (_revision - _database.Floor < ChangesKept + ChangesForgottenAtOnce)
        {
            return;
        }

        try
        {
            _database.Compact(_database.Floor + ChangesForgottenAtOnce);
        }
        catch (Microsoft.Data.Sqlite.SqliteException error)
        {
            // A disk that is full: what is there stays, and the next write tries again.
            Log.CompactionFailed(_logger, error);
        }
    }

    // The writer must outlive any one write: who sent what cannot be stored hears of it, the others do not.
    private static void Add(WriteBatch batch, PendingWrite pending)
    {
        try
        {
            batch.Add(pending);
        }
        catch (Exception error)
        {
            pending.Completion.SetException(error);
        }
    }

    private void Finish(WriteBatch batch)
    {
        try
        {
            if (batch.Changes.Count > 0)
            {
                _database.Commit(batch.Changes);
                Publish(batch.Changes);
            }
        }
        catch (Microsoft.Data.Sqlite.SqliteException e)
        {
            Log.CommitFailed(_logger, e, batch.Changes.Count);
            batch.Fail(e);
            return;
        }

        batch.Complete();
    }

    private void Publish(IReadOnlyList<(ResourceName Resource, StoreEvent Event)> changes)
    {
        lock (_gate)
        {
            foreach (var (resource, change) in changes)
            {
                CollectionOf(resource).Publish(change);
            }

            _revision = changes[^1].Event.Revision;
        }
    }

    private sealed record PendingWrite(StoreWrite Write, TaskCompletionSource<StoreOutcome> Completion);

    /// <summary>Writes that share a transaction; each sees the ones before it.</summary>
    private sealed class WriteBatch(ObjectStore store)
    {
        private readonly Dictionary<(ResourceName, ObjectKey), StoredObject?> _overlay = [];
        private readonly List<(PendingWrite Pending, StoreOutcome Outcome)> _outcomes = [];
        private long _revision;

        internal List<(ResourceName Resource, StoreEvent Event)> Changes { get; } = [];

        internal int Count => _outcomes.Count;

        internal void Begin(long revision)
        {
            _overlay.Clear();
            _outcomes.Clear();
            Changes.Clear();
            _revision = revision;
        }

        internal void Add(PendingWrite pending)
        {
            var write = pending.Write;
            var place = (write.Resource, write.Key);
            var current = _overlay.TryGetValue(place, out var earlier) ? earlier : store.Find(write.Resource, write.Key);
            if ((current?.Revision ?? 0) != write.ExpectedRevision)
            {
                _outcomes.Add((pending, new StoreOutcome(null, current)));
                return;
            }

            var revision = ++_revision;
            var written = Stamp(write.Key, write.Value ?? current!.ToNode(), revision);
            _overlay[place] = write.Value is null ? null : written;
            Changes.Add((write.Resource, new StoreEvent(revision, written, current, write.Value is null)));
            _outcomes.Add((pending, new StoreOutcome(written, null)));
        }

        internal void Complete()
        {
            foreach (var (pending, outcome) in _outcomes)
            {
                pending.Completion.SetResult(outcome);
            }
        }

        internal void Fail(Exception error)
        {
            foreach (var (pending, _) in _outcomes)
            {
                pending.Completion.SetException(new IOException("the change could not be stored: " + error.Message, error));
            }
        }

        private static StoredObject Stamp(ObjectKey key, JsonObject value, long revision)
        {
            value["metadata"]!["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture);
            return new StoredObject(key, revision, JsonBytes.Of(value));
        }
    }
}
