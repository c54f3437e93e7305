using System.Globalization;
using System.Text.Json;

namespace Mizzen.Bench.Cluster;

/// <summary>What clients of an API server wait for, measured one after another. All times are milliseconds.</summary>
internal sealed class Measurements(ApiConnection api)
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const string Apps = "/apis/apps/v1/namespaces/default/deployments";
    private const int Replicas = 100;

    // About as large as the objects that the compared list was made of: 540 bytes as JSON.
    private static readonly string Filling = new('x', 200);

    private int _made;

    /// <summary>Objects made one after another.</summary>
    public async Task<double[]> CreateAsync(int count)
    {
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var began = Now;
            await CreateOneAsync();
            times[i] = Since(began);
        }

        return times;
    }

    /// <summary>From asking for an object until a watcher hears of it.</summary>
    public async Task<double[]> CreateToEventAsync(int count)
    {
        using var watch = await api.WatchAsync($"{Maps}?watch=true&resourceVersion={await RevisionAsync()}");
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var began = Now;
            var created = CreateOneAsync();
            await watch.ReadLineAsync();
            times[i] = Since(began);
            await created;
        }

        return times;
    }

    /// <summary>A whole list, read to its last byte.</summary>
    public async Task<double[]> ListAsync(int objects, int count)
    {
        await Parallel.ForAsync(_made, objects, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) => await CreateOneAsync());
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var began = Now;
            await api.GetAsync(Maps);
            times[i] = Since(began);
        }

        return times;
    }

    /// <summary>From asking for an object until each of many watchers hears of it.</summary>
    public async Task<double[]> FanOutAsync(int watchers, int count)
    {
        var revision = await RevisionAsync();
        var watches = await Task.WhenAll(Enumerable.Range(0, watchers).Select(_ => api.WatchAsync($"{Maps}?watch=true&resourceVersion={revision}")));
        var times = new List<double>();
        for (var i = 0; i < count; i++)
        {
            var began = Now;
            var heard = watches.Select(async watch =>
            {
                await watch.ReadLineAsync();
                return Since(began);
            }).ToList();
            await CreateOneAsync();
            times.AddRange(await Task.WhenAll(heard));
        }

        Array.ForEach(watches, watch => watch.Dispose());
        return [.. times];
    }

    /// <summary>From scaling a Deployment of five pods until a hundred are bound, and until a hundred are ready.</summary>
    public async Task<(double Bound, double Ready)> ScaleAsync()
    {
        await api.PostAsync(Apps, Deployment);
        await BenchCluster.UntilAsync(async () => System.Text.Encoding.UTF8.GetString(await api.GetAsync($"{Apps}/scaled")).Contains("\"readyReplicas\":5", StringComparison.Ordinal));
        using var watch = await api.WatchAsync("/api/v1/namespaces/default/pods?watch=true&labelSelector=app%3Dscaled");
        var began = Now;
        await api.MergeAsync($"{Apps}/scaled/scale", $$$"""{"spec":{"replicas":{{{Replicas}}}}}""");
        var (bound, ready, boundAt) = (new HashSet<string>(), new HashSet<string>(), 0.0);
        while (ready.Count < Replicas)
        {
            using var change = JsonDocument.Parse((await watch.ReadLineAsync())!);
            var pod = change.RootElement.GetProperty("object");
            var name = pod.GetProperty("metadata").GetProperty("name").GetString()!;
            if (pod.GetProperty("spec").TryGetProperty("nodeName", out _) && bound.Add(name) && bound.Count == Replicas)
            {
                boundAt = Since(began);
            }

            if (IsReady(pod))
            {
                ready.Add(name);
            }
        }

        return (boundAt, Since(began));
    }

    private static long Now => TimeProvider.System.GetTimestamp();

    private static double Since(long began) => TimeProvider.System.GetElapsedTime(began).TotalMilliseconds;

    private static bool IsReady(JsonElement pod) =>
        pod.TryGetProperty("status", out var status) && status.TryGetProperty("conditions", out var conditions)
        && conditions.EnumerateArray().Any(condition => condition.GetProperty("type").ValueEquals("Ready") && condition.GetProperty("status").ValueEquals("True"));

    private Task CreateOneAsync()
    {
        var name = Interlocked.Increment(ref _made).ToString(CultureInfo.InvariantCulture);
        return api.PostAsync(Maps, $$$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"bench-{{{{name}}}}","labels":{"bench":"yes"}},"data":{"filling":"{{{{Filling}}}}"}}""");
    }

    private async Task<string> RevisionAsync()
    {
        using var list = JsonDocument.Parse(await api.GetAsync(Maps + "?limit=1"));
        return list.RootElement.GetProperty("metadata").GetProperty("resourceVersion").GetString()!;
    }

    private const string Deployment = """
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"scaled"},"spec":{"replicas":5,"selector":{"matchLabels":{"app":"scaled"}},
        "template":{"metadata":{"labels":{"app":"scaled"}},"spec":{"terminationGracePeriodSeconds":0,
        "containers":[{"name":"main","image":"mizzen/istiod","command":["sleep","1000"]}]}}}}
        """;
}
