using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Mizzen.Cluster.Storage;
using Mizzen.Testing.Sandbox;

namespace Mizzen.Cluster.Tests.Storage;

public sealed class FullDiskScenarios
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [SandboxedFact]
    public async Task A_full_disk_refuses_writes_loses_nothing_and_is_forgotten_when_there_is_room_again()
    {
        var folder = Directory.CreateTempSubdirectory("mizzen-full-").FullName;
        using (var mount = Process.Start("mount", ["-t", "tmpfs", "-o", "size=2m", "none", folder]))
        {
            await mount.WaitForExitAsync(Token);
            Assert.Equal(0, mount.ExitCode);
        }

        var ballast = Path.Combine(folder, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[1024 * 1024], Token);
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
