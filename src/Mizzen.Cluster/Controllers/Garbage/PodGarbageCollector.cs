using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources.Core;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Controllers.Garbage;

/// <summary>Removes pods that nobody will end: those whose node is gone, and those that are on their way out without ever having had one.</summary>
internal sealed class PodGarbageCollector
{
    private readonly ResourceClient _client;
    private readonly ClusterInformers _informers;
    private readonly ReconcileLoop<ObjectName> _loop;

    public PodGarbageCollector(ResourceClient client, ClusterInformers informers, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _informers = informers;
        _loop = new ReconcileLoop<ObjectName>("pod-garbage-collector", ReconcileAsync, logger, clock);
        informers.Pods.Changed += TakePod;
        informers.Nodes.Changed += TakeNode;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_informers.Pods.WaitForSyncAsync(cancellationToken), _informers.Nodes.WaitForSyncAsync(cancellationToken));
        foreach (var pod in _informers.Pods.Items)
        {
            _loop.Queue.Add(ObjectName.Of(pod));
        }

        await _loop.RunAsync(cancellationToken);
    }

    private void TakePod(InformerChange<Pod> change)
    {
        if (change.New is { } pod && IsSuspect(pod))
        {
            _loop.Queue.Add(ObjectName.Of(pod));
        }
    }

    private void TakeNode(InformerChange<NodeResource> change)
    {
        if (change.New is null)
        {
            foreach (var pod in _informers.Pods.Items.Where(pod => pod.Spec?.NodeName == change.Object.Metadata.Name))
            {
                _loop.Queue.Add(ObjectName.Of(pod));
            }
        }
    }

    private bool IsSuspect(Pod pod) => string.IsNullOrEmpty(pod.Spec?.NodeName)
        ? pod.Metadata.DeletionTimestamp is not null
        : _informers.Nodes.Find(null, pod.Spec.NodeName) is null;

    private async Task ReconcileAsync(ObjectName name, CancellationToken cancellationToken)
    {
        if (_informers.Pods.Find(name.Namespace, name.Name) is not { } pod || !IsSuspect(pod))
        {
            return;
        }

        // The node may be so new that the informer does not know it yet.
        if (pod.Spec?.NodeName is { Length: > 0 } node && await _client.FindAsync<NodeResource>(null, node, cancellationToken) is not null)
        {
            return;
        }

        var options = new DeleteOptions { GracePeriodSeconds = 0, Preconditions = new Preconditions { Uid = pod.Metadata.Uid } };
        await _client.DeleteAsync<Pod>(name.Namespace, name.Name, options, cancellationToken);
    }
}
