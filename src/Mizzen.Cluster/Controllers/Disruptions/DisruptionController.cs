using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Policy;

namespace Mizzen.Cluster.Controllers.Disruptions;

/// <summary>Keeps in the status of disruption budgets how many pods may go; evictions read it there and count it down.</summary>
internal sealed class DisruptionController
{
    private readonly ResourceClient _client;
    private readonly ClusterInformers _informers;
    private readonly TimeProvider _clock;
    private readonly ReconcileLoop<ObjectName> _loop;

    public DisruptionController(ResourceClient client, ClusterInformers informers, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _informers = informers;
        _clock = clock;
        _loop = new ReconcileLoop<ObjectName>("disruption-controller", ReconcileAsync, logger, clock);
        informers.DisruptionBudgets.Changed += change => _loop.Queue.Add(ObjectName.Of(change.Object));
        informers.Pods.Changed += TakePod;
        informers.Deployments.Changed += change => TakeScale(change.Object);
        informers.ReplicaSets.Changed += change => TakeScale(change.Object);
        informers.StatefulSets.Changed += change => TakeScale(change.Object);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(
            _informers.DisruptionBudgets.WaitForSyncAsync(cancellationToken),
            _informers.Pods.WaitForSyncAsync(cancellationToken),
            _informers.Deployments.WaitForSyncAsync(cancellationToken),
            _informers.ReplicaSets.WaitForSyncAsync(cancellationToken),
            _informers.StatefulSets.WaitForSyncAsync(cancellationToken));
        await _loop.RunAsync(cancellationToken);
    }

    private void TakePod(InformerChange<Pod> change)
    {
        foreach (var budget in _informers.DisruptionBudgets.Items.Where(budget => Selects(budget, change.Object) || (change.Old is { } old && Selects(budget, old))))
        {
            _loop.Queue.Add(ObjectName.Of(budget));
        }
    }

    private void TakeScale(Resource owner)
    {
        foreach (var budget in _informers.DisruptionBudgets.Items.Where(budget => budget.Metadata.Namespace == owner.Metadata.Namespace))
        {
            _loop.Queue.Add(ObjectName.Of(budget));
        }
    }

    private async Task ReconcileAsync(ObjectName name, CancellationToken cancellationToken)
    {
        if (_informers.DisruptionBudgets.Find(name.Namespace, name.Name) is not { Metadata.DeletionTimestamp: null } budget)
        {
            return;
        }

        var now = _clock.GetUtcNow();
        var pods = _informers.PodsIn.In(name.Namespace).Where(pod => Selects(budget, pod) && !PodReadiness.IsFinished(pod)).ToList();
        var status = DisruptionPlan.Decide(budget, pods, ScaleOf, now);
        if (!DisruptionPlan.Same(budget.Status, status))
        {
            // Made from this state of the budget: an eviction that has counted down meanwhile must not be forgotten.
            await _client.ReplaceStatusAsync(budget with { Status = status }, cancellationToken);
        }

        if (DisruptionPlan.LookAgain(status) is { } time)
        {
            _loop.Queue.AddAfter(name, time - now);
        }
    }

    private static bool Selects(PodDisruptionBudget budget, Pod pod) =>
        budget.Metadata.Namespace == pod.Metadata.Namespace && budget.Spec?.Selector?.Matches(pod.Metadata.Labels) == true;

    private OwnerScale? ScaleOf(Pod pod)
    {
        if (Ownership.ControllerOf<StatefulSet>(pod) is { } statefulSet)
        {
            return _informers.StatefulSets.Find(statefulSet.Namespace, statefulSet.Name) is { } set ? Scale(set, set.Spec?.Replicas) : null;
        }

        if (Ownership.ControllerOf<ReplicaSet>(pod) is not { } name || _informers.ReplicaSets.Find(name.Namespace, name.Name) is not { } replicaSet)
        {
            return null;
        }

        return Ownership.ControllerOf<Deployment>(replicaSet) is { } owner && _informers.Deployments.Find(owner.Namespace, owner.Name) is { } deployment
            ? Scale(deployment, deployment.Spec?.Replicas)
            : Scale(replicaSet, replicaSet.Spec?.Replicas);
    }

    private static OwnerScale Scale(Resource owner, int? replicas) => new(owner.Metadata.Uid ?? "", replicas ?? 1);
}
