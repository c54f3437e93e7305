using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Mizzen.Cluster.Storage;

namespace Mizzen.Cluster.Tests.Storage;

public sealed class WatchTests : IDisposable
{
    private const int Changes = 300;

    private readonly string _folder = Directory.CreateTempSubdirectory("mizzen-store-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Two_hundred_watchers_see_every_change_once_and_in_order()
    {
        await using var store = ObjectStore.Open(Path.Combine(_folder, "cluster.db"), NullLogger.Instance);
        var start = store.Revision;
        var watchers = Enumerable.Range(0, 200).Select(_ => store.Watch(StoredConfigMaps.Resource, after: start)).ToList();
        var seen = watchers.Select(ReadAsync).ToList();

        await Task.WhenAll(Enumerable.Range(0, Changes).Select(i => store.PutAsync(i.ToString(CultureInfo.InvariantCulture), "text")));

        var expected = Enumerable.Range(1, Changes).Select(i => start + i).ToList();
        foreach (var revisions in await Task.WhenAll(seen))
        {
            Assert.Equal(expected, revisions);
        }

        watchers.ForEach(watcher => watcher.Dispose());
    }

    [Fact]
    public async Task A_change_on_top_of_an_older_state_is_refused_with_the_newer_one()
    {
        await using var store = ObjectStore.Open(Path.Combine(_folder, "cluster.db"), NullLogger.Instance);
        var first = (await store.PutAsync("a", "1")).Written!;
        var second = (await store.PutAsync("a", "2", first.Revision)).Written!;

        var stale = await store.PutAsync("a", "3", first.Revision);
        var exists = await store.PutAsync("a", "4");

        Assert.Null(stale.Written);
        Assert.Equal(second.Revision, stale.Current!.Revision);
        Assert.Equal(second.Revision, exists.Current!.Revision);
    }

    private static async Task<List<long>> ReadAsync(WatchSubscription watcher)
    {
        var revisions = new List<long>();
        while (revisions.Count < Changes)
        {
            revisions.Add((await watcher.Items.ReadAsync(Token)).Revision);
        }

        return revisions;
    }
}
