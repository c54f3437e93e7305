using Microsoft.Extensions.Logging.Abstractions;
using Mizzen.Client;
using Mizzen.Cluster.Controllers;
using Mizzen.Cluster.Tests.ApiServers;
using Mizzen.Cluster.Tests.Scheduling;
using Mizzen.Resources.Core;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Tests.Controllers;

/// <summary>The real API server, all controllers, the scheduler, and four nodes that are stand-ins.</summary>
public sealed class RunningControllers : IAsyncLifetime
{
    /// <summary>Where services of type LoadBalancer are said to be.</summary>
    public const string LoadBalancerAddress = "127.0.0.7";

    private readonly RunningApiServer _api = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public ResourceClient Client => _api.Client;

    public Task<string> KubectlAsync(string arguments, string? input = null) => _api.KubectlAsync(arguments, input);

    /// <summary>Runs kubectl, whatever comes of it.</summary>
    public Task<(int Code, string Output, string Errors)> TryKubectlAsync(string arguments, string? input = null) => _api.RunKubectlAsync(arguments, input);

    public async ValueTask InitializeAsync()
    {
        await _api.InitializeAsync();
        foreach (var node in SchedulingWorld.Four)
        {
            await AddNodeAsync(node);
        }

        var options = new ControllerOptions
        {
            RootCertificate = _api.Authority.CertificatePem,
            LoadBalancer = (_, _) => ValueTask.FromResult(new LoadBalancerAnswer([new LoadBalancerIngress { Ip = LoadBalancerAddress }])),
        };
        var host = new ControllerHost(Client, options, NullLoggerFactory.Instance, TimeProvider.System);
        _running = Task.WhenAll(host.RunAsync(_stop.Token), new NodeStandIn(Client, NullLogger.Instance).RunAsync(_stop.Token));
    }

    public async Task AddNodeAsync(NodeResource node)
    {
        var created = await Client.CreateAsync(node, TestContext.Current.CancellationToken);
        await Client.ReplaceStatusAsync(created with { Status = node.Status }, TestContext.Current.CancellationToken);
    }

    /// <summary>A namespace of the test's own.</summary>
    public async Task<string> NamespaceAsync(string prefix)
    {
        var name = $"{prefix}-{Guid.NewGuid():N}"[..20];
        await KubectlAsync($"create namespace {name}");
        return name;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _api.DisposeAsync();
        _stop.Dispose();
    }
}
