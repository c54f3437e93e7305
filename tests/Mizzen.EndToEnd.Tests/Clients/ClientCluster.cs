using k8s;
using Mizzen.EndToEnd.Tests.Support;

namespace Mizzen.EndToEnd.Tests.Clients;

/// <summary>A cluster with one pod that answers HTTP, for client libraries to talk to.</summary>
public class ClientCluster : IAsyncLifetime
{
    private LocalCluster? _cluster;

    internal LocalCluster Cluster => _cluster!;

    /// <summary>Whose cluster it is.</summary>
    protected virtual string User => TestUser.This;

    internal Kubernetes Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await LocalCluster.StartAsync("up", TestUser.Command(User));
        Client = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(Cluster.Kubeconfig));
        (await Cluster.ApplyAsync(World)).Succeeded();
        (await Cluster.KubectlAsync("wait", "--for=condition=Ready", "pod/web", "--timeout=60s")).Succeeded();
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    private const string World = """
        apiVersion: v1
        kind: Pod
        metadata: {name: web, labels: {app: web}}
        spec:
          terminationGracePeriodSeconds: 0
          containers:
          - name: main
            image: mizzen/istiod
            command: [/bin/sh, -c]
            args: ["echo started; exec python3 -m http.server 8000 -d /etc"]
            readinessProbe: {tcpSocket: {port: 8000}, periodSeconds: 1}
        """;
}

/// <summary>The same, of a user without privileges.</summary>
public sealed class OrdinaryUserClientCluster : ClientCluster
{
    protected override string User => TestUser.Nobody;
}
