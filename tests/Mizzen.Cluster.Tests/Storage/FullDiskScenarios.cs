using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Mizzen.Cluster.Storage;
using Mizzen.Cluster.Tests.ApiServers;
using Mizzen.Testing.Sandbox;

namespace Mizzen.Cluster.Tests.Storage;

public sealed class FullDiskScenarios
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [SandboxedFact]
    public async Task A_full_disk_refuses_writes_loses_nothing_and_is_forgotten_when_there_is_room_again()
    {
        var (folder, ballast) = await SmallDiskAsync(2);
        var stored = new Dictionary<string, long>();
        await using (var store = ObjectStore.Open(Path.Combine(folder, "cluster.db"), NullLogger.Instance))
        {
            var refused = await Assert.ThrowsAsync<IOException>(() => FillAsync(store, stored));
            Assert.Contains("could not be stored", refused.Message, StringComparison.Ordinal);
            Assert.True(stored.Count > 5);
            Assert.Null(store.Find(StoredConfigMaps.Resource, StoredConfigMaps.Key(NameOf(stored.Count))));
            AllThere(store, stored);

            File.Delete(ballast);
            var again = await store.PutAsync("again", "room");
            Assert.True(again.Written!.Revision > stored.Values.Max());
            stored["again"] = again.Written.Revision;
        }

        await using var reopened = ObjectStore.Open(Path.Combine(folder, "cluster.db"), NullLogger.Instance);
        AllThere(reopened, stored);
        Assert.Equal(stored.Values.Max(), reopened.Revision);
    }

    [SandboxedFact]
    public async Task The_api_says_so_goes_on_reading_and_takes_writes_again()
    {
        var (folder, ballast) = await SmallDiskAsync(4);
        await using var api = new RunningApiServer { StoreFolder = folder };
        await api.InitializeAsync();
        var made = new Dictionary<string, string>();
        JsonNode refused;
        for (var i = 0; ; i++)
        {
            var (code, body) = await CreateAsync(api, NameOf(i));
            if (code != 201)
            {
                refused = body;
                Assert.Equal(500, code);
                break;
            }

            made[NameOf(i)] = (string)body["metadata"]!["resourceVersion"]!;
        }

        Assert.Equal(("Status", "InternalError"), ((string?)refused["kind"], (string?)refused["reason"]));
        Assert.StartsWith("Internal error occurred: the change could not be stored: ", (string?)refused["message"], StringComparison.Ordinal);
        Assert.Equal(made.OrderBy(entry => entry.Key), (await ListAsync(api)).OrderBy(entry => entry.Key));
        var patch = await api.SendAsync("PATCH", $"{Maps}/map-0", "{\"data\":{\"more\":\"text\"}}", "application/merge-patch+json");
        Assert.Equal(500, patch.Code);

        File.Delete(ballast);
        var (again, after) = await CreateAsync(api, "again");
        Assert.Equal(201, again);
        made["again"] = (string)after["metadata"]!["resourceVersion"]!;
        await api.StopAsync();
        await api.StartAsync();
        Assert.Equal(made.OrderBy(entry => entry.Key), (await ListAsync(api)).OrderBy(entry => entry.Key));
    }

    private static Task<(int Code, JsonNode Body)> CreateAsync(RunningApiServer api, string name) => api.SendAsync(
        "POST", Maps, new JsonObject { ["metadata"] = new JsonObject { ["name"] = $"map-{name}" }, ["data"] = new JsonObject { ["text"] = new string('x', 20_000) } }.ToJsonString());

    private static async Task<Dictionary<string, string>> ListAsync(RunningApiServer api) =>
        (await api.SendAsync("GET", Maps)).Body["items"]!.AsArray()
            .Where(item => ((string)item!["metadata"]!["name"]!).StartsWith("map-", StringComparison.Ordinal))
            .ToDictionary(item => ((string)item!["metadata"]!["name"]!)[4..], item => (string)item!["metadata"]!["resourceVersion"]!);

    // A disk of some MiB of which one is taken by a file that can be removed.
    private static async Task<(string Folder, string Ballast)> SmallDiskAsync(int size)
    {
        var folder = Directory.CreateTempSubdirectory("mizzen-full-").FullName;
        using (var mount = Process.Start("mount", ["-t", "tmpfs", "-o", $"size={size}m", "none", folder]))
        {
            await mount.WaitForExitAsync(Token);
            Assert.Equal(0, mount.ExitCode);
        }

        var ballast = Path.Combine(folder, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[1024 * 1024], Token);
        return (folder, ballast);
    }

    private static async Task FillAsync(ObjectStore store, Dictionary<string, long> stored)
    {
        while (true)
        {
            var name = NameOf(stored.Count);
            stored[name] = (await store.PutAsync(name, new string('x', 20_000))).Written!.Revision;
        }
    }

    private static string NameOf(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static void AllThere(ObjectStore store, Dictionary<string, long> stored) => Assert.All(
        stored, entry => Assert.Equal(entry.Value, store.Find(StoredConfigMaps.Resource, StoredConfigMaps.Key(entry.Key))?.Revision));
}
