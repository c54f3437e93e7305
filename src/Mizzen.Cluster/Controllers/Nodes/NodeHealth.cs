using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.Events;
using Mizzen.Resources;
using Mizzen.Resources.Coordination;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Controllers.Nodes;

/// <summary>
/// Notices that a node has not renewed its lease for too long: its conditions become unknown, and its pods are taken out of their services.
/// What becomes of them is said by taints.
/// </summary>
internal sealed class NodeHealth(
    ResourceClient client, ClusterInformers informers, EventSink events, TimeSpan grace, ILogger logger, TimeProvider clock)
{
    private const string Namespace = "kube-node-lease";
    private const string Reason = "NodeStatusUnknown";
    private const string Message = "Kubelet stopped posting node status.";
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(informers.Nodes.WaitForSyncAsync(cancellationToken), informers.Pods.WaitForSyncAsync(cancellationToken));
        while (true)
        {
            await Task.Delay(Period, clock, cancellationToken);
            try
            {
                await LookAsync(cancellationToken);
            }
            catch (Exception error) when (error is ApiException or HttpRequestException)
            {
                Log.NodeHealthFailed(logger, error.Message);
            }
        }
    }

    /// <summary>Whether a lease was renewed too long ago.</summary>
    public static bool IsStale(Lease lease, DateTimeOffset now, TimeSpan grace) =>
        DateTimeOffset.TryParse(lease.Spec?.RenewTime, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var renewed) && now - renewed > grace;

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var leases = await client.ListAsync<Lease>(Namespace, null, cancellationToken);
        foreach (var lease in leases.Items.Where(lease => IsStale(lease, clock.GetUtcNow(), grace)))
        {
            if (informers.Nodes.Find(null, lease.Metadata.Name!) is { } node)
            {
                await LoseAsync(node, cancellationToken);
            }
        }
    }

    private async Task LoseAsync(NodeResource node, CancellationToken cancellationToken)
    {
        if (Conditions.Find(node.Status?.Conditions, "Ready")?.Status != "Unknown")
        {
            events.Normal(node, "NodeNotReady", $"Node {node.Metadata.Name} status is now: NodeNotReady");
            await client.ReplaceStatusAsync(node with { Status = (node.Status ?? new NodeStatus()) with { Conditions = Unknown(node) } }, cancellationToken);
        }

        foreach (var pod in informers.Pods.Items.Where(pod => pod.Spec?.NodeName == node.Metadata.Name && PodReadiness.IsReady(pod)))
        {
            events.Warning(pod, "NodeNotReady", "Node is not ready");
            await LosePodAsync(pod, cancellationToken);
        }
    }

    private List<Condition> Unknown(NodeResource node)
    {
        var now = clock.GetUtcNow();
        return [.. (node.Status?.Conditions ?? []).Select(condition => condition with { Status = "Unknown", Reason = Reason, Message = Message, LastTransitionTime = now })];
    }

    private async Task LosePodAsync(Pod pod, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var conditions = (pod.Status?.Conditions ?? []).Select(condition => condition.Type == "Ready" ? condition with { Status = "False", LastTransitionTime = now } : condition);
        var patch = new JsonObject { ["status"] = new JsonObject { ["conditions"] = JsonSerializer.SerializeToNode(conditions, ResourceJson.Options) } };
        await client.PatchAsync<Pod>(pod.Metadata.Namespace, pod.Metadata.Name!, PatchType.Merge, patch, "status", cancellationToken);
    }
}
