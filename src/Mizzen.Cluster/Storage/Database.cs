using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Mizzen.Cluster.Storage;

/// <summary>
/// The SQLite file: one row per object and the revision counter. Only the writer uses it after loading.
/// A transaction that a power cut swallows is lost, but the file stays whole (WAL with synchronous=NORMAL).
/// </summary>
internal sealed class Database : IDisposable
{
    // Only another cluster could hold the file, and it does so until it ends.
    private const int SecondsToWait = 1;

    // Exclusive before the journal is looked at: its index is then in memory and not in a file, which a full disk would have no room for.
    private const string Schema = """
        PRAGMA locking_mode = EXCLUSIVE;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA cache_size = -1024;
        CREATE TABLE IF NOT EXISTS meta (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL);
        INSERT OR IGNORE INTO meta (id, revision) VALUES (1, 1);
        CREATE TABLE IF NOT EXISTS objects (
            "group" TEXT NOT NULL, resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
            revision INTEGER NOT NULL, json BLOB NOT NULL,
            PRIMARY KEY ("group", resource, namespace, name)) WITHOUT ROWID;
        """;

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _put;
    private readonly SqliteCommand _delete;
    private readonly SqliteCommand _revision;

    /// <exception cref="IOException">The file cannot be opened: no permission, damaged, or used by another process.</exception>
    internal Database(string path)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = SecondsToWait }.ToString());
        try
        {
            _connection.Open();
            using var schema = _connection.CreateCommand();
            schema.CommandText = Schema;
            schema.ExecuteNonQuery();
            schema.CommandText = "SELECT revision FROM meta";
            Revision = Convert.ToInt64(schema.ExecuteScalar(), CultureInfo.InvariantCulture);
        }
        catch (SqliteException e)
        {
            _connection.Dispose();
            throw new IOException(
                e.SqliteErrorCode == 5 ? $"the cluster's data {path} is used by another process" : $"the cluster's data {path} cannot be opened: {e.Message}", e);
        }

        _put = Command(
            """INSERT OR REPLACE INTO objects ("group", resource, namespace, name, revision, json) VALUES ($group, $resource, $namespace, $name, $revision, $json)""",
            "$group", "$resource", "$namespace", "$name", "$revision", "$json");
        _delete = Command(
            """DELETE FROM objects WHERE "group" = $group AND resource = $resource AND namespace = $namespace AND name = $name""",
            "$group", "$resource", "$namespace", "$name");
        _revision = Command("UPDATE meta SET revision = $revision", "$revision");
    }

    /// <summary>The revision when it was opened.</summary>
    internal long Revision { get; }

    internal List<(ResourceName Resource, StoredObject Object)> LoadObjects()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = """SELECT "group", resource, namespace, name, revision, json FROM objects""";
        using var reader = command.ExecuteReader();
        var objects = new List<(ResourceName, StoredObject)>();
        while (reader.Read())
        {
            var stored = new StoredObject(new ObjectKey(reader.GetString(2), reader.GetString(3)), reader.GetInt64(4), reader.GetFieldValue<byte[]>(5));
            objects.Add((new ResourceName(reader.GetString(0), reader.GetString(1)), stored));
        }

        return objects;
    }

    /// <summary>Writes a batch and the last revision in one transaction.</summary>
    internal void Commit(IReadOnlyList<(ResourceName Resource, StoreEvent Event)> changes)
    {
        using var transaction = _connection.BeginTransaction();
        foreach (var (resource, change) in changes)
        {
            var command = change.Deleted ? _delete : _put;
            command.Transaction = transaction;
            command.Parameters[0].Value = resource.Group;
            command.Parameters[1].Value = resource.Plural;
            command.Parameters[2].Value = change.Object.Key.Namespace;
            command.Parameters[3].Value = change.Object.Key.Name;
            if (!change.Deleted)
            {
                command.Parameters[4].Value = change.Revision;
                command.Parameters[5].Value = change.Object.Json;
            }

            command.ExecuteNonQuery();
        }

        _revision.Transaction = transaction;
        _revision.Parameters[0].Value = changes[^1].Event.Revision;
        _revision.ExecuteNonQuery();
        transaction.Commit();
    }

    public void Dispose()
    {
        _put.Dispose();
        _delete.Dispose();
        _revision.Dispose();
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
