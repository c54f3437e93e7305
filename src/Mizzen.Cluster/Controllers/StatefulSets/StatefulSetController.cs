using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.Controllers.Deployments;
using Mizzen.Cluster.Events;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.StatefulSets;

/// <summary>Keeps the numbered pods of StatefulSets.</summary>
internal sealed class StatefulSetController : PodOwnerController<StatefulSet>
{
    // kubectl delete waits for the name to go: when it is taken again between two looks, it waits for ever.
    private static readonly TimeSpan NamePause = TimeSpan.FromMilliseconds(300);

    private readonly RevisionHistory _history;
    private readonly ConcurrentDictionary<ObjectName, long> _leaving = new();

    public StatefulSetController(ResourceClient client, ClusterInformers informers, EventSink events, ILogger logger, TimeProvider clock)
        : base("statefulset-controller", client, informers, informers.StatefulSets, events, logger, clock)
    {
        _history = new RevisionHistory(client);
        informers.Pods.Changed += TakePod;
    }

    protected override LabelSelector? SelectorOf(StatefulSet owner) => owner.Spec?.Selector;

    protected override async Task<PodFailure?> ReconcileAsync(StatefulSet owner, IReadOnlyList<Pod> owned, CancellationToken cancellationToken)
    {
        var hash = PodTemplateText.Hash(owner.Spec?.Template, 0);
        var revision = $"{owner.Metadata.Name}-{hash}";
        var now = Clock.GetUtcNow();
        PodFailure? failure = null;
        if (owner.Metadata.DeletionTimestamp is null)
        {
            await _history.KeepAsync(owner, owner.Spec?.Template, owner.Spec?.RevisionHistoryLimit, hash, cancellationToken);
            var plan = StatefulSetPlan.Decide(owner, owned, revision, now);
            failure = await DeleteAsync(owner, plan.Delete, cancellationToken)
                ?? await CreateAsync(owner, WithFreeNames(owner, await MakeAsync(owner, plan.Create, revision, cancellationToken)), cancellationToken);
        }

        var status = StatefulSetStatusBuilder.Build(owner, owned, revision, now);
        if (status != owner.Status)
        {
            await ReplaceStatusAsync(owner, owner with { Status = status }, cancellationToken);
        }

        if (StatefulSetStatusBuilder.NextAvailable(owner, owned, now) is { } next)
        {
            Look(ObjectName.Of(owner), next - now);
        }

        return failure;
    }

    private void TakePod(InformerChange<Pod> change)
    {
        if (Ownership.ControllerOf<StatefulSet>(change.Object) is null)
        {
            return;
        }

        if (change.New is { Metadata.DeletionTimestamp: null })
        {
            _leaving.TryRemove(ObjectName.Of(change.Object), out _);
        }
        else
        {
            foreach (var free in _leaving.Where(entry => Clock.GetElapsedTime(entry.Value) >= NamePause))
            {
                _leaving.TryRemove(free);
            }

            _leaving[ObjectName.Of(change.Object)] = Clock.GetTimestamp();
        }
    }

    private List<Pod> WithFreeNames(StatefulSet set, IReadOnlyList<Pod> pods)
    {
        var free = pods.Where(pod => !_leaving.TryGetValue(ObjectName.Of(pod), out var left) || Clock.GetElapsedTime(left) >= NamePause).ToList();
        if (free.Count < pods.Count)
        {
            Look(ObjectName.Of(set), NamePause);
        }

        return free;
    }

    private async Task<IReadOnlyList<Pod>> MakeAsync(StatefulSet set, IReadOnlyList<int> numbers, string revision, CancellationToken cancellationToken)
    {
        var old = set.Status?.CurrentRevision is { Length: > 0 } current && current != revision && numbers.Any(number => StatefulSetPods.StaysOld(set, number))
            ? await _history.TemplateAsync(set.Metadata.Namespace, current, cancellationToken)
            : null;
        return
        [
            .. numbers.Select(number => old is not null && StatefulSetPods.StaysOld(set, number)
                ? StatefulSetPods.Make(set, old, set.Status!.CurrentRevision!, number)
                : StatefulSetPods.Make(set, set.Spec?.Template, revision, number)),
        ];
    }
}
