using System.Text.Json.Nodes;
using Mizzen.Cluster.Storage;

namespace Mizzen.Cluster.Tests.Storage;

/// <summary>Writes to a store as the API server makes them.</summary>
internal static class StoredConfigMaps
{
    public static readonly ResourceName Resource = new("", "configmaps");

    public static ObjectKey Key(string name) => new("default", name);

    public static Task<StoreOutcome> PutAsync(this ObjectStore store, string name, string text, long expected = 0) =>
        store.WriteAsync(new StoreWrite(Resource, Key(name), expected, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "default" },
            ["data"] = new JsonObject { ["text"] = text },
        }));
}
