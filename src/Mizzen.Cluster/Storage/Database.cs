using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Mizzen.Cluster.Storage;

/// <summary>
/// The SQLite file: one row per change. The last row of an object is its state; rows before that are kept for a while, so that watches
/// can go on after a restart. Only the writer uses it after loading.
/// A transaction that a power cut swallows is lost, but the file stays whole (WAL with synchronous=NORMAL).
/// </summary>
internal sealed class Database : IDisposable
{
    // Only another cluster could hold the file, and it does so until it ends.
    private const int SecondsToWait = 1;

    // Exclusive before the journal is looked at: its index is then in memory and not in a file, which a full disk would have no room for.
    private const string Settings = """
        PRAGMA locking_mode = EXCLUSIVE;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA cache_size = -1024;
        """;

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS meta (id INTEGER PRIMARY KEY CHECK (id = 1), floor INTEGER NOT NULL);
        INSERT OR IGNORE INTO meta (id, floor) VALUES (1, 1);
        CREATE TABLE IF NOT EXISTS changes (
            revision INTEGER PRIMARY KEY, previous INTEGER NOT NULL, deleted INTEGER NOT NULL,
            "group" TEXT NOT NULL, resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, json BLOB NOT NULL);
        """;

    // Files of before changes were kept have a row for each object and the last revision: that is all that is known of them then.
    private const string HasObjects = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'objects'";

    private const string Upgrade = $"""
        BEGIN;
        ALTER TABLE meta RENAME TO former;
        {Schema}
        UPDATE meta SET floor = (SELECT revision FROM former);
        INSERT INTO changes SELECT revision, 0, 0, "group", resource, namespace, name, json FROM objects;
        DROP TABLE objects;
        DROP TABLE former;
        COMMIT;
        """;

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _append;
    private readonly SqliteCommand _compact;

    /// <exception cref="IOException">The file cannot be opened: no permission, damaged, or used by another process.</exception>
    internal Database(string path)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = SecondsToWait }.ToString());
        try
        {
            _connection.Open();
            using var schema = _connection.CreateCommand();
            schema.CommandText = Settings;
            schema.ExecuteNonQuery();
            schema.CommandText = HasObjects;
            schema.CommandText = Convert.ToInt64(schema.ExecuteScalar(), CultureInfo.InvariantCulture) > 0 ? Upgrade : Schema;
            schema.ExecuteNonQuery();
            schema.CommandText = "SELECT floor FROM meta";
            Floor = Convert.ToInt64(schema.ExecuteScalar(), CultureInfo.InvariantCulture);
        }
        catch (SqliteException e)
        {
            _connection.Dispose();
            throw new IOException(
                e.SqliteErrorCode == 5 ? $"the cluster's data {path} is used by another process" : $"the cluster's data {path} cannot be opened: {e.Message}", e);
        }

        _append = Command(
            """INSERT INTO changes (revision, previous, deleted, "group", resource, namespace, name, json) VALUES ($revision, $previous, $deleted, $group, $resource, $namespace, $name, $json)""",
            "$revision", "$previous", "$deleted", "$group", "$resource", "$namespace", "$name", "$json");
        _compact = Command(
            """
            DELETE FROM changes WHERE revision IN (SELECT previous FROM changes WHERE revision > $from AND revision <= $to);
            DELETE FROM changes WHERE revision > $from AND revision <= $to AND deleted;
            UPDATE meta SET floor = $to;
            """,
            "$from", "$to");
    }

    /// <summary>Every change after this revision is there, and of each object the last one before it.</summary>
    internal long Floor { get; private set; }

    /// <summary>All changes that are there, in their order.</summary>
    internal IEnumerable<StoredChange> Load()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = """SELECT "group", resource, namespace, name, revision, deleted, json FROM changes ORDER BY revision""";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var stored = new StoredObject(new ObjectKey(reader.GetString(2), reader.GetString(3)), reader.GetInt64(4), reader.GetFieldValue<byte[]>(6));
            yield return new StoredChange(new ResourceName(reader.GetString(0), reader.GetString(1)), stored, reader.GetBoolean(5));
        }
    }

    /// <summary>Writes a batch in one transaction.</summary>
    internal void Commit(IReadOnlyList<(ResourceName Resource, StoreEvent Event)> changes)
    {
        using var transaction = _connection.BeginTransaction();
        _append.Transaction = transaction;
        foreach (var (resource, change) in changes)
        {
            _append.Parameters[0].Value = change.Revision;
            _append.Parameters[1].Value = change.Previous?.Revision ?? 0;
            _append.Parameters[2].Value = change.Deleted;
            _append.Parameters[3].Value = resource.Group;
            _append.Parameters[4].Value = resource.Plural;
            _append.Parameters[5].Value = change.Object.Key.Namespace;
            _append.Parameters[6].Value = change.Object.Key.Name;
            _append.Parameters[7].Value = change.Object.Json;
            _append.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    /// <summary>Forgets how things were up to a revision: what was replaced by then, and what was deleted.</summary>
    internal void Compact(long to)
    {
        using var transaction = _connection.BeginTransaction();
        _compact.Transaction = transaction;
        _compact.Parameters[0].Value = Floor;
        _compact.Parameters[1].Value = to;
        _compact.ExecuteNonQuery();
        transaction.Commit();
        Floor = to;
    }

    public void Dispose()
    {
        _append.Dispose();
        _compact.Dispose();
        _connection.Dispose();
    }

    private SqliteCommand Command(string text, params string[] parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = text;
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = parameter });
        }

        return command;
    }
}

/// <summary>A row of the file.</summary>
internal readonly record struct StoredChange(ResourceName Resource, StoredObject Object, bool Deleted);
