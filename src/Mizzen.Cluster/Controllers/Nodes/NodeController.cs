using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.Events;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Controllers.Nodes;

/// <summary>Taints nodes by their state, and removes pods that do not tolerate the taints of their node.</summary>
internal sealed class NodeController
{
    private readonly ResourceClient _client;
    private readonly ClusterInformers _informers;
    private readonly EventSink _events;
    private readonly TimeProvider _clock;
    private readonly ReconcileLoop<string> _nodes;
    private readonly ReconcileLoop<ObjectName> _pods;

    public NodeController(ResourceClient client, ClusterInformers informers, EventSink events, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _informers = informers;
        _events = events;
        _clock = clock;
        _nodes = new ReconcileLoop<string>("node-controller", ReconcileNodeAsync, logger, clock);
        _pods = new ReconcileLoop<ObjectName>("taint-eviction-controller", ReconcilePodAsync, logger, clock);
        informers.Nodes.Changed += TakeNode;
        informers.Pods.Changed += TakePod;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_informers.Nodes.WaitForSyncAsync(cancellationToken), _informers.Pods.WaitForSyncAsync(cancellationToken));
        await Task.WhenAll(_nodes.RunAsync(cancellationToken), _pods.RunAsync(cancellationToken));
    }

    private void TakeNode(InformerChange<NodeResource> change)
    {
        var name = change.Object.Metadata.Name ?? "";
        _nodes.Queue.Add(name);
        if (Evicts(change.New))
        {
            foreach (var pod in _informers.Pods.Items.Where(pod => pod.Spec?.NodeName == name))
            {
                _pods.Queue.Add(ObjectName.Of(pod));
            }
        }
    }

    private void TakePod(InformerChange<Pod> change)
    {
        if (change.New is { Spec.NodeName: { Length: > 0 } node } pod && Evicts(_informers.Nodes.Find(null, node)))
        {
            _pods.Queue.Add(ObjectName.Of(pod));
        }
    }

    private static bool Evicts(NodeResource? node) => node?.Spec?.Taints?.Any(taint => taint.Effect == "NoExecute") == true;

    private async Task ReconcileNodeAsync(string name, CancellationToken cancellationToken)
    {
        if (_informers.Nodes.Find(null, name) is not { } node)
        {
            return;
        }

        var wanted = NodeTaints.Wanted(node, _clock.GetUtcNow());
        if (wanted.SequenceEqual(node.Spec?.Taints ?? []))
        {
            return;
        }

        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = node.Metadata.ResourceVersion },
            ["spec"] = new JsonObject { ["taints"] = wanted.Count == 0 ? null : JsonSerializer.SerializeToNode(wanted, ResourceJson.Options) },
        };
        await _client.PatchAsync<NodeResource>(null, name, PatchType.Merge, patch, null, cancellationToken);
    }

    private async Task ReconcilePodAsync(ObjectName name, CancellationToken cancellationToken)
    {
        if (_informers.Pods.Find(name.Namespace, name.Name) is not { Metadata.DeletionTimestamp: null, Spec.NodeName: { Length: > 0 } node } pod)
        {
            return;
        }

        var now = _clock.GetUtcNow();
        if (TaintEviction.Due(pod, _informers.Nodes.Find(null, node)?.Spec?.Taints ?? [], now) is not { } due)
        {
            return;
        }

        if (due > now)
        {
            _pods.Queue.AddAfter(name, due - now);
            return;
        }

        _events.Normal(pod, "TaintManagerEviction", $"Marking for deletion Pod {name}");
        var options = new DeleteOptions { Preconditions = new Preconditions { Uid = pod.Metadata.Uid } };
        await _client.DeleteAsync<Pod>(name.Namespace, name.Name, options, cancellationToken);
    }
}
