using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.Controllers.Deployments;
using Mizzen.Cluster.Events;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Controllers.DaemonSets;

/// <summary>Keeps a pod of each DaemonSet on each node that it is for.</summary>
internal sealed class DaemonSetController : PodOwnerController<DaemonSet>
{
    private readonly RevisionHistory _history;

    public DaemonSetController(ResourceClient client, ClusterInformers informers, EventSink events, ILogger logger, TimeProvider clock)
        : base("daemonset-controller", client, informers, informers.DaemonSets, events, logger, clock)
    {
        _history = new RevisionHistory(client);
        informers.Nodes.Changed += TakeNode;
    }

    protected override Task PrepareAsync(CancellationToken cancellationToken) => Informers.Nodes.WaitForSyncAsync(cancellationToken);

    protected override LabelSelector? SelectorOf(DaemonSet owner) => owner.Spec?.Selector;

    protected override async Task<PodFailure?> ReconcileAsync(DaemonSet owner, IReadOnlyList<Pod> owned, CancellationToken cancellationToken)
    {
        var hash = PodTemplateText.Hash(owner.Spec?.Template, 0);
        PodFailure? failure = null;
        if (owner.Metadata.DeletionTimestamp is null)
        {
            await _history.KeepAsync(owner, owner.Spec?.Template, owner.Spec?.RevisionHistoryLimit, hash, cancellationToken);
            var plan = DaemonSetPlan.Decide(owner, owned, Informers.Nodes.Items, hash);
            failure = await DeleteAsync(owner, plan.Delete, cancellationToken)
                ?? await CreateAsync(owner, [.. plan.Create.Select(node => DaemonSetPlan.PodFor(owner, node, hash))], cancellationToken);
        }

        var status = DaemonSetStatusBuilder.Build(owner, owned, Informers.Nodes.Items, hash, Clock.GetUtcNow());
        if (status != owner.Status)
        {
            await ReplaceStatusAsync(owner, owner with { Status = status }, cancellationToken);
        }

        return failure;
    }

    private void TakeNode(InformerChange<NodeResource> change)
    {
        if (IsSame(change.Old, change.New))
        {
            return;
        }

        foreach (var set in Owners)
        {
            Look(ObjectName.Of(set));
        }
    }

    private static bool IsSame(NodeResource? before, NodeResource? after) =>
        before is not null
        && after is not null
        && (before.Spec?.Taints ?? []).SequenceEqual(after.Spec?.Taints ?? [])
        && (before.Metadata.Labels ?? new Dictionary<string, string>()).OrderBy(label => label.Key).SequenceEqual(
            (after.Metadata.Labels ?? new Dictionary<string, string>()).OrderBy(label => label.Key));
}
