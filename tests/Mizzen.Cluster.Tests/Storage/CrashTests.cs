using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Mizzen.Cluster.Storage;
using Mizzen.Testing;

namespace Mizzen.Cluster.Tests.Storage;

public sealed class CrashTests : IDisposable
{
    private const int Enough = 2000;

    private readonly string _folder = Directory.CreateTempSubdirectory("mizzen-store-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_was_acknowledged_is_there_after_kill_9_and_revisions_go_on()
    {
        using (var writer = Start())
        {
            await Eventually.HoldsAsync(() => Acknowledged().Count > Enough || writer.HasExited, "enough is written", Token);
            writer.Kill();
            await writer.WaitForExitAsync(Token);
        }

        var acknowledged = Acknowledged();
        await using var store = ObjectStore.Open(Path.Combine(_folder, "cluster.db"), NullLogger.Instance);

        Assert.True(acknowledged.Count > Enough);
        Assert.All(acknowledged, entry => Assert.Equal(entry.Revision, store.Find(StoredConfigMaps.Resource, StoredConfigMaps.Key(entry.Name))?.Revision));
        var last = acknowledged.Max(entry => entry.Revision);
        Assert.True(store.Revision >= last);
        Assert.Equal(store.Revision, store.Snapshot(StoredConfigMaps.Resource).Objects.Values.Max(stored => stored.Revision));
        var next = await store.PutAsync("after", "crash");
        Assert.True(next.Written!.Revision > last);
    }

    private Process Start()
    {
        var program = typeof(CrashTests).Assembly.Location;
        string[] arguments = [program, "-explicit", "only", "-method", $"{typeof(StoreWriter).FullName}.{nameof(StoreWriter.Writes_until_it_is_killed)}"];
        return Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            Environment = { [StoreWriter.FolderVariable] = _folder },
        })!;
    }

    // The last line may have been cut off.
    private List<(string Name, long Revision)> Acknowledged()
    {
        var file = Path.Combine(_folder, "acknowledged");
        if (!File.Exists(file))
        {
            return [];
        }

        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var text = new StreamReader(stream).ReadToEnd();
        return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .Select(parts => (parts[0], long.Parse(parts[1], CultureInfo.InvariantCulture)))];
    }
}
