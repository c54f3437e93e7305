using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Mizzen.Bench.Cluster;

/// <summary>A cluster of four nodes, started by the shipped program in the foreground and ended with this object.</summary>
internal sealed class BenchCluster : IAsyncDisposable
{
    private const string Name = "bench";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _home;

    private BenchCluster(Process process, string home) => (_process, _home) = (process, home);

    /// <summary>From the start of the program until the API says that it is ready and that four nodes are.</summary>
    public TimeSpan StartTime { get; private set; }

    public ApiConnection Api { get; private set; } = null!;

    /// <summary>The process that is API server, controllers, scheduler and nodes.</summary>
    public int ClusterProcess => Family.MaxBy(ProcessFamily.CpuSecondsOf);

    /// <summary>Everything: the mesh's control plane and its gateway too.</summary>
    public IReadOnlyList<int> Family => ProcessFamily.Of(_process.Id);

    private string Folder => Path.Combine(_home, "clusters", Name);

    public static async Task<BenchCluster> StartAsync(string program)
    {
        var home = Directory.CreateTempSubdirectory("mizzen-bench-").FullName;
        var start = new ProcessStartInfo(program, ["up", "--name", Name, "--gateway-port", "0"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MIZZEN_HOME"] = home;
        var began = TimeProvider.System.GetTimestamp();
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var cluster = new BenchCluster(process, home);
        await UntilAsync(cluster.IsReadyAsync);
        cluster.StartTime = TimeProvider.System.GetElapsedTime(began);
        await UntilAsync(() => Task.FromResult(cluster.HasMesh()));
        return cluster;
    }

    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            if (TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                throw new TimeoutException("the cluster is not ready");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    private async Task<bool> IsReadyAsync()
    {
        var kubeconfig = Path.Combine(Folder, "kubeconfig");
        if (Api is null)
        {
            if (!File.Exists(kubeconfig))
            {
                return false;
            }

            Api = ApiConnection.Open(await File.ReadAllTextAsync(kubeconfig));
        }

        try
        {
            await Api.GetAsync("/readyz");
            var nodes = JsonNode.Parse(await Api.GetAsync("/api/v1/nodes"))!["items"]!.AsArray();
            return nodes.Count(node => node!["status"]?["conditions"]?.AsArray().Any(condition => (string?)condition!["type"] == "Ready" && (string?)condition["status"] == "True") == true) == 4;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private bool HasMesh() => (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "cluster.json")))!["phase"] == "Ready";
}
