using System.Globalization;
using System.Text.Json.Nodes;

namespace Mizzen.Cluster.Patching;

/// <summary>Who owns which fields of one object, while a write is worked out.</summary>
internal sealed class Ownership
{
    private const string Collapsed = "ancient-changes";

    // Kubernetes' number: beyond it the oldest entries of ordinary writers become one.
    private const int MostUpdaters = 10;

    private readonly List<ManagedEntry> _entries;

    public Ownership(IEnumerable<ManagedEntry> entries) => _entries = [.. entries];

    public IReadOnlyList<ManagedEntry> Entries => _entries;

    public bool IsEmpty => _entries.Count == 0;

    public static Ownership Of(JsonObject? json) =>
        new(ListOf(json)?.Select(ManagedEntry.Parse).OfType<ManagedEntry>() ?? []);

    public static JsonArray? ListOf(JsonObject? json) => (json?["metadata"] as JsonObject)?["managedFields"] as JsonArray;

    public FieldSet FieldsOf(ManagerIdentity identity) => _entries.Find(entry => entry.Identity == identity)?.Fields ?? FieldSet.Empty;

    /// <summary>Everybody but one loses these fields; who is left with none is forgotten.</summary>
    public void Take(FieldSet fields, ManagerIdentity? exceptFrom)
    {
        for (var i = _entries.Count - 1; i >= 0; i--)
        {
            if (_entries[i].Identity == exceptFrom)
            {
                continue;
            }

            var rest = _entries[i].Fields.Difference(fields);
            if (rest.IsEmpty)
            {
                _entries.RemoveAt(i);
            }
            else if (!ReferenceEquals(rest, _entries[i].Fields))
            {
                _entries[i] = _entries[i] with { Fields = rest };
            }
        }
    }

    public void Set(ManagerIdentity identity, string apiVersion, string? time, FieldSet fields)
    {
        _entries.RemoveAll(entry => entry.Identity == identity);
        if (!fields.IsEmpty)
        {
            _entries.Add(new ManagedEntry(identity, apiVersion, time, fields));
        }
    }

    /// <summary>Writes the entries into an object.</summary>
    public void WriteTo(JsonObject json)
    {
        CollapseOldUpdaters();
        var metadata = json["metadata"] as JsonObject ?? throw new ArgumentException("the object has no metadata", nameof(json));
        metadata.Remove("managedFields");
        if (_entries.Count > 0)
        {
            metadata["managedFields"] = new JsonArray([.. Sorted(_entries).Select(entry => entry.ToJson())]);
        }
    }

    public static string TimeText(DateTimeOffset now) => now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static IOrderedEnumerable<ManagedEntry> Sorted(IEnumerable<ManagedEntry> entries) => entries
        .OrderBy(entry => entry.Identity.Operation, StringComparer.Ordinal)
        .ThenBy(entry => entry.Time ?? "", StringComparer.Ordinal)
        .ThenBy(entry => entry.Identity.Manager, StringComparer.Ordinal)
        .ThenBy(entry => entry.ApiVersion, StringComparer.Ordinal)
        .ThenBy(entry => entry.Identity.Subresource ?? "", StringComparer.Ordinal);

    private void CollapseOldUpdaters()
    {
        var updaters = Sorted(_entries.Where(entry => entry.Identity.Operation == ManagerIdentity.Update)).ToList();
        foreach (var old in updaters.Take(Math.Max(0, updaters.Count - MostUpdaters)))
        {
            var collapsed = ManagerIdentity.Of(Collapsed, ManagerIdentity.Update, old.ApiVersion, subresource: null);
            if (old.Identity != collapsed)
            {
                _entries.Remove(old);
                Set(collapsed, old.ApiVersion, old.Time, FieldsOf(collapsed).Union(old.Fields));
            }
        }
    }
}
