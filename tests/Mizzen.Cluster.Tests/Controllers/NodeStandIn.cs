using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Tests.Controllers;

/// <summary>
/// Does for the API what nodes do: pods that are bound become ready with an address, unless their image is called broken; pods that
/// are deleted go at once. Nothing runs.
/// </summary>
internal sealed class NodeStandIn
{
    private readonly ResourceClient _client;
    private readonly Informer<Pod> _pods;
    private readonly ReconcileLoop<(string Namespace, string Name)> _loop;
    private int _addresses;

    public NodeStandIn(ResourceClient client, ILogger logger)
    {
        _client = client;
        _pods = new Informer<Pod>(client, null, null, logger, TimeProvider.System);
        _loop = new ReconcileLoop<(string Namespace, string Name)>("node", ReconcileAsync, logger, TimeProvider.System);
        _pods.Changed += change => _loop.Queue.Add((change.Object.Metadata.Namespace!, change.Object.Metadata.Name!));
    }

    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(_pods.RunAsync(cancellationToken), _loop.RunAsync(cancellationToken));

    private async Task ReconcileAsync((string Namespace, string Name) key, CancellationToken cancellationToken)
    {
        if (_pods.Find(key.Namespace, key.Name) is not { Spec.NodeName.Length: > 0 } pod)
        {
            return;
        }

        if (pod.Metadata.DeletionTimestamp is not null)
        {
            await _client.DeleteAsync<Pod>(key.Namespace, key.Name, new DeleteOptions { GracePeriodSeconds = 0 }, cancellationToken);
        }
        else if (pod.Status?.PodIp is null)
        {
            await _client.ReplaceStatusAsync(pod with { Status = StatusOf(pod) }, cancellationToken);
        }
    }

    private PodStatus StatusOf(Pod pod)
    {
        var number = Interlocked.Increment(ref _addresses);
        var ready = pod.Spec?.Containers?[0].Image != "broken" ? "True" : "False";
        var now = TimeProvider.System.GetUtcNow();
        return (pod.Status ?? new PodStatus()) with
        {
            Phase = "Running",
            PodIp = $"10.244.{number / 250}.{(number % 250) + 1}",
            Conditions =
            [
                new Condition { Type = "PodScheduled", Status = "True", LastTransitionTime = now },
                new Condition { Type = "Ready", Status = ready, LastTransitionTime = now },
            ],
        };
    }
}
