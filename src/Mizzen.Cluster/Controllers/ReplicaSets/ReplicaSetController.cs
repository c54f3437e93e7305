using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.Events;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.ReplicaSets;

/// <summary>Keeps as many pods as each ReplicaSet wants.</summary>
internal sealed class ReplicaSetController(ResourceClient client, ClusterInformers informers, EventSink events, ILogger logger, TimeProvider clock)
    : PodOwnerController<ReplicaSet>("replicaset-controller", client, informers, informers.ReplicaSets, events, logger, clock)
{
    protected override LabelSelector? SelectorOf(ReplicaSet owner) => owner.Spec?.Selector;

    protected override async Task<PodFailure?> ReconcileAsync(ReplicaSet owner, IReadOnlyList<Pod> owned, CancellationToken cancellationToken)
    {
        var failure = owner.Metadata.DeletionTimestamp is null ? await ScaleAsync(owner, owned, cancellationToken) : null;
        await WriteStatusAsync(owner, owned, failure, cancellationToken);
        return failure;
    }

    private Task<PodFailure?> ScaleAsync(ReplicaSet set, IReadOnlyList<Pod> owned, CancellationToken cancellationToken)
    {
        var plan = ReplicaSetPlan.Decide(set, owned, Related(set), Clock.GetUtcNow());
        return plan.Create > 0
            ? CreateAsync(set, [.. Enumerable.Range(0, plan.Create).Select(_ => PodFromTemplate.Create(set, set.Spec?.Template))], cancellationToken)
            : DeleteAsync(set, plan.Delete, cancellationToken);
    }

    private async Task WriteStatusAsync(ReplicaSet set, IReadOnlyList<Pod> owned, PodFailure? failure, CancellationToken cancellationToken)
    {
        var now = Clock.GetUtcNow();
        var status = ReplicaSetStatusBuilder.Build(set, owned, failure, now);
        if (!ReplicaSetStatusBuilder.Same(set.Status, status))
        {
            await ReplaceStatusAsync(set, set with { Status = status }, cancellationToken);
        }

        if (ReplicaSetStatusBuilder.NextAvailable(set, owned, now) is { } time)
        {
            Look(ObjectName.Of(set), time - now);
        }
    }

    private IEnumerable<Pod> Related(ReplicaSet set)
    {
        var owner = Ownership.ControllerOf(set.Metadata)?.Uid;
        var siblings = OwnersIn(set.Metadata.Namespace)
            .Where(other => other.Metadata.Uid == set.Metadata.Uid || (owner is not null && Ownership.ControllerOf(other.Metadata)?.Uid == owner))
            .Select(other => other.Metadata.Uid)
            .ToHashSet();
        return Informers.PodsIn.In(set.Metadata.Namespace).Where(pod => siblings.Contains(Ownership.ControllerOf(pod.Metadata)?.Uid));
    }
}
