using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.Events;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Controllers.ReplicaSets;

/// <summary>Keeps as many pods as each ReplicaSet wants.</summary>
internal sealed class ReplicaSetController
{
    private readonly ResourceClient _client;
    private readonly ClusterInformers _informers;
    private readonly EventSink _events;
    private readonly TimeProvider _clock;
    private readonly Expectations _expectations;
    private readonly ReconcileLoop<ObjectName> _loop;

    public ReplicaSetController(ResourceClient client, ClusterInformers informers, EventSink events, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _informers = informers;
        _events = events;
        _clock = clock;
        _expectations = new Expectations(clock);
        _loop = new ReconcileLoop<ObjectName>("replicaset-controller", ReconcileAsync, logger, clock);
        informers.ReplicaSets.Changed += TakeSet;
        informers.Pods.Changed += TakePod;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_informers.ReplicaSets.WaitForSyncAsync(cancellationToken), _informers.Pods.WaitForSyncAsync(cancellationToken));
        await _loop.RunAsync(cancellationToken);
    }

    private void TakeSet(InformerChange<ReplicaSet> change)
    {
        var name = ObjectName.Of(change.Object);
        if (change.New is null)
        {
            _expectations.Forget(name);
        }

        _loop.Queue.Add(name);
    }

    private void TakePod(InformerChange<Pod> change)
    {
        var before = change.Old is null ? null : Ownership.ControllerOf<ReplicaSet>(change.Old);
        var after = change.New is null ? null : Ownership.ControllerOf<ReplicaSet>(change.New);
        if (after is { } owner)
        {
            _expectations.CreationSeen(owner, change.Object.Metadata.Name);
        }

        if ((after ?? before) is { } losing && IsLeaving(change.New))
        {
            _expectations.DeletionSeen(losing, change.Object.Metadata.Uid);
        }

        foreach (var key in new[] { before, after }.OfType<ObjectName>().Distinct())
        {
            _loop.Queue.Add(key);
        }

        if (after is null && change.New is { } orphan)
        {
            AddThoseWhoSelect(orphan);
        }
    }

    private void AddThoseWhoSelect(Pod orphan)
    {
        foreach (var set in _informers.ReplicaSetsIn.In(orphan.Metadata.Namespace).Where(set => set.Spec?.Selector?.Matches(orphan.Metadata.Labels) == true))
        {
            _loop.Queue.Add(ObjectName.Of(set));
        }
    }

    private async Task ReconcileAsync(ObjectName name, CancellationToken cancellationToken)
    {
        if (_informers.ReplicaSets.Find(name.Namespace, name.Name) is not { Spec.Selector: { } selector } set || !_expectations.AreMet(name))
        {
            return;
        }

        var claim = Ownership.Decide(set, selector, _informers.PodsIn.In(name.Namespace));
        if (claim.Adopt.Count + claim.Release.Count > 0)
        {
            // Counting goes on when the informer shows the new owners.
            await Ownership.WriteAsync(_client, set, claim, cancellationToken);
            return;
        }

        var failure = set.Metadata.DeletionTimestamp is null ? await ScaleAsync(set, claim.Owned, cancellationToken) : null;
        await WriteStatusAsync(set, claim.Owned, failure, cancellationToken);
        if (failure is not null)
        {
            throw new InvalidOperationException(failure.Message);
        }
    }

    private async Task<ReplicaFailure?> ScaleAsync(ReplicaSet set, IReadOnlyList<Pod> owned, CancellationToken cancellationToken)
    {
        var plan = ReplicaSetPlan.Decide(set, owned, Related(set), _clock.GetUtcNow());
        return plan.Create > 0
            ? await CreateAsync(set, plan.Create, cancellationToken)
            : await DeleteAsync(set, plan.Delete, cancellationToken);
    }

    // Twice as many each time, so that a template that the server refuses costs a few refusals and not hundreds.
    private async Task<ReplicaFailure?> CreateAsync(ReplicaSet set, int count, CancellationToken cancellationToken)
    {
        for (int batch = 1, left = count; left > 0; left -= batch, batch *= 2)
        {
            batch = Math.Min(batch, left);
            var failures = await Task.WhenAll(Enumerable.Range(0, batch).Select(_ => CreateOneAsync(set, cancellationToken)));
            if (failures.FirstOrDefault(failure => failure is not null) is { } failure)
            {
                return failure;
            }
        }

        return null;
    }

    private async Task<ReplicaFailure?> CreateOneAsync(ReplicaSet set, CancellationToken cancellationToken)
    {
        var owner = ObjectName.Of(set);
        var pod = PodFromTemplate.Create(set);
        _expectations.Creation(owner, pod.Metadata.Name!);
        try
        {
            await _client.CreateAsync(pod, cancellationToken);
            _events.Normal(set, "SuccessfulCreate", $"Created pod: {pod.Metadata.Name}");
            return null;
        }
        catch (Exception error) when (error is ApiException or HttpRequestException or IOException)
        {
            _expectations.CreationSeen(owner, pod.Metadata.Name);
            if (error is ApiException { Status.Details.Causes: { } causes } && causes.Any(cause => cause.Reason == "NamespaceTerminating"))
            {
                return null;
            }

            _events.Warning(set, "FailedCreate", $"Error creating: {error.Message}");
            return new ReplicaFailure("FailedCreate", error.Message);
        }
    }

    private async Task<ReplicaFailure?> DeleteAsync(ReplicaSet set, IReadOnlyList<Pod> pods, CancellationToken cancellationToken)
    {
        var failures = await Task.WhenAll(pods.Select(pod => DeleteOneAsync(set, pod, cancellationToken)));
        return failures.FirstOrDefault(failure => failure is not null);
    }

    private async Task<ReplicaFailure?> DeleteOneAsync(ReplicaSet set, Pod pod, CancellationToken cancellationToken)
    {
        var owner = ObjectName.Of(set);
        _expectations.Deletion(owner, pod.Metadata.Uid);
        try
        {
            var options = new DeleteOptions { Preconditions = new Preconditions { Uid = pod.Metadata.Uid } };
            if (await _client.DeleteAsync<Pod>(pod.Metadata.Namespace, pod.Metadata.Name!, options, cancellationToken))
            {
                _events.Normal(set, "SuccessfulDelete", $"Deleted pod: {pod.Metadata.Name}");
            }

            if (IsLeaving(_informers.Pods.Find(pod.Metadata.Namespace, pod.Metadata.Name!)))
            {
                // Somebody else had deleted it, and the informer told before this was expected.
                _expectations.DeletionSeen(owner, pod.Metadata.Uid);
            }

            return null;
        }
        catch (Exception error) when (error is ApiException or HttpRequestException or IOException)
        {
            _expectations.DeletionSeen(owner, pod.Metadata.Uid);
            _events.Warning(set, "FailedDelete", $"Error deleting: {error.Message}");
            return new ReplicaFailure("FailedDelete", error.Message);
        }
    }

    private static bool IsLeaving(Pod? pod) => pod is null || pod.Metadata.DeletionTimestamp is not null;

    private async Task WriteStatusAsync(ReplicaSet set, IReadOnlyList<Pod> owned, ReplicaFailure? failure, CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        var status = ReplicaSetStatusBuilder.Build(set, owned, failure, now);
        if (!ReplicaSetStatusBuilder.Same(set.Status, status))
        {
            await _client.ReplaceStatusAsync(set with { Status = status }, cancellationToken);
        }

        if (ReplicaSetStatusBuilder.NextAvailable(set, owned, now) is { } time)
        {
            _loop.Queue.AddAfter(ObjectName.Of(set), time - now);
        }
    }

    private IEnumerable<Pod> Related(ReplicaSet set)
    {
        var owner = Ownership.ControllerOf(set.Metadata)?.Uid;
        var siblings = _informers.ReplicaSetsIn.In(set.Metadata.Namespace)
            .Where(other => other.Metadata.Uid == set.Metadata.Uid || (owner is not null && Ownership.ControllerOf(other.Metadata)?.Uid == owner))
            .Select(other => other.Metadata.Uid)
            .ToHashSet();
        return _informers.PodsIn.In(set.Metadata.Namespace).Where(pod => siblings.Contains(Ownership.ControllerOf(pod.Metadata)?.Uid));
    }
}
