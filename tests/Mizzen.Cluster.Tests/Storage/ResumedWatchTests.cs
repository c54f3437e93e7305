using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Mizzen.Cluster.Storage;

namespace Mizzen.Cluster.Tests.Storage;

/// <summary>What a store that is opened again still knows of the changes before.</summary>
public sealed class ResumedWatchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mizzen-store-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_watch_goes_on_with_what_things_were_before_each_change()
    {
        long first;
        await using (var store = Open())
        {
            first = (await store.PutAsync("a", "1")).Written!.Revision;
            var second = (await store.PutAsync("a", "2", first)).Written!.Revision;
            await store.PutAsync("b", "1");
            await store.WriteAsync(new StoreWrite(StoredConfigMaps.Resource, StoredConfigMaps.Key("a"), second, null));
        }

        await using var again = Open();

        Assert.Equal(
            [(first + 1, "a", first, false), (first + 2, "b", 0, false), (first + 3, "a", first + 1, true)],
            EventsAfter(again, first).Select(change => (change.Revision, change.Object.Key.Name, change.Previous?.Revision ?? 0, change.Deleted)));
        Assert.Null(again.Find(StoredConfigMaps.Resource, StoredConfigMaps.Key("a")));
    }

    [Fact]
    public async Task Data_of_before_changes_were_kept_is_taken_over()
    {
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "cluster.db")};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = """
                CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL);
                INSERT INTO meta (id, revision) VALUES (1, 41);
                CREATE TABLE objects (
                    "group" TEXT NOT NULL, resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
                    revision INTEGER NOT NULL, json BLOB NOT NULL,
                    PRIMARY KEY ("group", resource, namespace, name)) WITHOUT ROWID;
                INSERT INTO objects VALUES ('', 'configmaps', 'default', 'old', 7, CAST('{}' AS BLOB));
                """;
            command.ExecuteNonQuery();
        }

        for (var opening = 0; opening < 2; opening++)
        {
            await using var store = Open();
            Assert.Equal(7, store.Find(StoredConfigMaps.Resource, new ObjectKey("default", "old"))!.Revision);
            Assert.Equal(42 + opening, (await store.PutAsync($"new-{opening}", "1")).Written!.Revision);
        }
    }

    [Fact]
    public async Task Old_changes_are_forgotten_and_what_they_led_to_is_not()
    {
        const int Writes = 9000;
        long start;
        var kept = new Dictionary<string, long>();
        await using (var store = Open())
        {
            start = store.Revision;
            foreach (var i in Enumerable.Range(0, Writes))
            {
                var name = (i % 100).ToString(CultureInfo.InvariantCulture);
                kept[name] = (await store.PutAsync(name, "text", kept.GetValueOrDefault(name))).Written!.Revision;
                if (i == 50)
                {
                    await store.WriteAsync(new StoreWrite(StoredConfigMaps.Resource, StoredConfigMaps.Key("7"), kept["7"], null));
                    kept.Remove("7");
                }
            }
        }

        await using var again = Open();
        var expired = Assert.Throws<RevisionExpiredException>(() => again.Watch(StoredConfigMaps.Resource, start));
        Assert.StartsWith("too old resource version: ", expired.Message, StringComparison.Ordinal);
        Assert.Equal(kept.OrderBy(entry => entry.Key), again.Snapshot(StoredConfigMaps.Resource).Objects.Values.Select(stored => KeyValuePair.Create(stored.Key.Name, stored.Revision)).OrderBy(entry => entry.Key));
        Assert.Equal(start + Writes + 1, again.Revision);
        Assert.Equal(Enumerable.Range(1, 4000).Select(i => again.Revision - 4000 + i), EventsAfter(again, again.Revision - 4000).Select(change => change.Revision));
        Assert.True((await again.PutAsync("after", "text")).Written!.Revision > start + Writes);
    }

    private static IEnumerable<StoreEvent> EventsAfter(ObjectStore store, long revision)
    {
        using var watch = store.Watch(StoredConfigMaps.Resource, revision);
        while (watch.Items.TryRead(out var item))
        {
            yield return item.Event!;
        }
    }

    private ObjectStore Open() => ObjectStore.Open(Path.Combine(_folder, "cluster.db"), NullLogger.Instance);
}
