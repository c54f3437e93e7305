using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Cluster.Storage;

namespace Mizzen.Cluster.ApiServer.Objects;

/// <summary>Stored objects in the version that a path asks for.</summary>
internal static class ObjectForm
{
    /// <summary>The JSON; the stored bytes themselves where the versions are the same.</summary>
    public static byte[] Json(ServedKind kind, StoredObject stored) =>
        kind.IsStorageVersion && StoredIn(stored, kind.ApiVersion) ? stored.Json : JsonBytes.Of(Node(kind, stored));

    /// <summary>A fresh tree.</summary>
    public static JsonObject Node(ServedKind kind, StoredObject stored)
    {
        var node = stored.ToNode();
        node["apiVersion"] = kind.ApiVersion;
        return node;
    }

    /// <summary>A list as Kubernetes writes it.</summary>
    public static byte[] List(ServedKind kind, IEnumerable<StoredObject> items, long revision, string? next, long? remaining)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("kind", kind.ListKind);
            json.WriteString("apiVersion", kind.ApiVersion);
            WriteMetadata(json, revision, next, remaining);
            json.WriteStartArray("items");
            foreach (var item in items)
            {
                json.WriteRawValue(Json(kind, item), skipInputValidation: true);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteMetadata(Utf8JsonWriter json, long revision, string? next, long? remaining)
    {
        json.WriteStartObject("metadata");
        json.WriteString("resourceVersion", revision.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (next is not null)
        {
            json.WriteString("continue", next);
            if (remaining is { } count)
            {
                json.WriteNumber("remainingItemCount", count);
            }
        }

        json.WriteEndObject();
    }

    // A definition whose storage version moved leaves older objects in their old version.
    private static bool StoredIn(StoredObject stored, string apiVersion) =>
        stored.Root.TryGetProperty("apiVersion", out var version) && version.ValueEquals(apiVersion);
}
