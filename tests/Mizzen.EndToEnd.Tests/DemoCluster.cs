using Mizzen.EndToEnd.Tests.Support;
using Mizzen.Testing;

namespace Mizzen.EndToEnd.Tests;

/// <summary>The demo, started once for all tests of the steps.</summary>
public sealed class DemoCluster : IAsyncLifetime
{
    private LocalCluster? _cluster;
    private Client? _client;

    internal LocalCluster Cluster => _cluster!;

    internal Client Client => _client!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await LocalCluster.StartAsync("demo", []);
        _client = new Client(_cluster.Gateway);
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    /// <summary>The demo as it was when it had just started: the app, the open gateway, no other rule.</summary>
    internal async Task ResetAsync()
    {
        (await Cluster.KubectlAsync("delete", "virtualservices,destinationrules,serviceentries", "--all", "-n", "default")).Succeeded();
        (await Cluster.KubectlAsync("apply", "-f", Repository.PathOf("samples", "time", "app.yaml"))).Succeeded();
        (await Cluster.KubectlAsync("scale", "deployment/backend-prod", "--replicas=1")).Succeeded();
        (await Cluster.ApplyAsync(OpenMesh)).Succeeded();
        await Cluster.ApplyStepAsync("2-gateway.yaml");
        await UntilAsync(async () => (await Client.GetManyAsync(12)).All(answer => answer.Status == 200), "the app answers");
    }

    internal static Task UntilAsync(Func<Task<bool>> holds, string what) =>
        Eventually.HoldsAsync(holds, what, TestContext.Current.CancellationToken, TimeSpan.FromSeconds(60));

    private const string OpenMesh = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: istio, namespace: istio-system}
        data:
          mesh: |
            accessLogFile: /dev/stdout
            accessLogEncoding: JSON
            outboundTrafficPolicy: {mode: ALLOW_ANY}
        """;
}
