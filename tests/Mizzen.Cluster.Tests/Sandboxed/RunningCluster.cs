using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Mizzen.Client;
using Mizzen.Cluster.Controllers;
using Mizzen.Cluster.Images;
using Mizzen.Cluster.Network;
using Mizzen.Cluster.Node;
using Mizzen.Cluster.Tests.ApiServers;
using Mizzen.Resources.Core;
using Mizzen.Testing;

namespace Mizzen.Cluster.Tests.Sandboxed;

/// <summary>A whole cluster: API, controllers, scheduler, network and two nodes, with two images: <c>shell</c>, and <c>probed</c> (<see cref="ProbedProgram"/>).</summary>
internal sealed class RunningCluster : IAsyncDisposable
{
    private static readonly Dictionary<string, IReadOnlyList<string>> Images = new() { ["shell"] = ["/bin/sh", "-c"], ["probed"] = ProbedProgram.Command };

    private readonly CancellationTokenSource _stop = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("mizzen-nodes-").FullName;
    private Task _running = Task.CompletedTask;
    private NodeHost? _nodes;

    public RunningApiServer Api { get; } = new();

    public ResourceClient Client => Api.Client;

    public ClusterNetwork Network { get; } = ClusterNetwork.Create();

    public static async Task<RunningCluster> StartAsync(ControllerOptions? controllerOptions = null)
    {
        var cluster = new RunningCluster();
        // The API server reads logs where the nodes write them.
        Directory.CreateSymbolicLink(cluster.Api.LogsFolder, Path.Combine(cluster._folder, "logs"));
        cluster.Api.PodRuntime = () => cluster._nodes;
        await cluster.Api.InitializeAsync();
        var controllers = new ControllerHost(cluster.Client, (controllerOptions ?? new ControllerOptions()) with { RootCertificate = cluster.Api.Authority.CertificatePem }, NullLoggerFactory.Instance, TimeProvider.System);
        var options = new NodeHostOptions(2, cluster._folder, new ImageMap(Path.Combine(cluster._folder, "images.json"), Images));
        var nodes = cluster._nodes = new NodeHost(options, cluster.Network, cluster.Client, NullLogger<NodeHost>.Instance, TimeProvider.System);
        cluster._running = Task.WhenAll(controllers.RunAsync(cluster._stop.Token), nodes.RunAsync(cluster._stop.Token));
        await Eventually.HoldsAsync(
            async () => await cluster.Client.FindAsync<ServiceAccount>("default", "default", Token) is not null, "the default service account", Token);
        return cluster;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public Task ApplyAsync(string yaml) => Api.KubectlAsync("apply -f -", yaml);

    public async Task<Pod?> PodAsync(string name) => await Client.FindAsync<Pod>("default", name, Token);

    public async Task<Pod> UntilAsync(string name, Func<Pod, bool> condition, string what)
    {
        Pod? pod = null;
        try
        {
            await Eventually.HoldsAsync(async () => (pod = await PodAsync(name)) is not null && condition(pod), what, Token);
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"{error.Message}\n{JsonSerializer.Serialize(pod?.Status)}", error);
        }

        return pod!;
    }

    public Task<Pod> UntilPhaseAsync(string name, string phase) => UntilAsync(name, pod => pod.Status?.Phase == phase, $"{name} is {phase}");

    public Task<Pod> UntilReadyAsync(string name) => UntilAsync(name, IsReady, $"{name} is ready");

    public static bool IsReady(Pod pod) => pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true;

    public async Task UntilGoneAsync(string name) =>
        await Eventually.HoldsAsync(async () => await PodAsync(name) is null, $"{name} is gone", Token);

    /// <summary>The STATUS that kubectl shows.</summary>
    public async Task<string> StatusAsync(string name) => (await RowAsync(name))[2];

    /// <summary>NAME, READY, STATUS, RESTARTS and AGE as kubectl shows them.</summary>
    public async Task<string[]> RowAsync(string name) =>
        (await Api.KubectlAsync($"get pod {name} --no-headers")).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await Api.DisposeAsync();
        Network.Dispose();
        _stop.Dispose();
    }
}
