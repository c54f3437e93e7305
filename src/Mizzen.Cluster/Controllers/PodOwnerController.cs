using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.Events;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers;

/// <summary>
/// What controllers that own pods have in common: which pods are whose, what was asked for and is not there yet, and how pods are made
/// and removed.
/// </summary>
internal abstract class PodOwnerController<TOwner>
    where TOwner : Resource
{
    private readonly Informer<TOwner> _owners;
    private readonly NamespaceIndex<TOwner> _ownersIn;
    private readonly EventSink _events;
    private readonly Expectations _expectations;
    private readonly ReplacedVersions _replaced = new();
    private readonly ReconcileLoop<ObjectName> _loop;

    protected PodOwnerController(
        string name, ResourceClient client, ClusterInformers informers, Informer<TOwner> owners, EventSink events, ILogger logger, TimeProvider clock)
    {
        Client = client;
        Informers = informers;
        Clock = clock;
        _owners = owners;
        _ownersIn = new NamespaceIndex<TOwner>(owners);
        _events = events;
        _expectations = new Expectations(clock);
        _loop = new ReconcileLoop<ObjectName>(name, ReconcileAsync, logger, clock);
        owners.Changed += TakeOwner;
        informers.Pods.Changed += TakePod;
    }

    protected ResourceClient Client { get; }

    protected ClusterInformers Informers { get; }

    protected TimeProvider Clock { get; }

    protected EventSink Events => _events;

    protected IEnumerable<TOwner> OwnersIn(string? ns) => _ownersIn.In(ns);

    protected IEnumerable<TOwner> Owners => _owners.Items;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_owners.WaitForSyncAsync(cancellationToken), Informers.Pods.WaitForSyncAsync(cancellationToken));
        await PrepareAsync(cancellationToken);
        await _loop.RunAsync(cancellationToken);
    }

    /// <summary>Waits for what else must be known before the first decision.</summary>
    protected virtual Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Which pods an owner claims; null while it claims none.</summary>
    protected abstract LabelSelector? SelectorOf(TOwner owner);

    /// <summary>Brings the pods, and then the status, to what the owner wants. Nothing that was asked for before is outstanding.</summary>
    /// <returns>Why pods could not be made or removed; null when all went well.</returns>
    protected abstract Task<PodFailure?> ReconcileAsync(TOwner owner, IReadOnlyList<Pod> owned, CancellationToken cancellationToken);

    /// <summary>Looks at an owner, at once or after a while.</summary>
    protected void Look(ObjectName owner, TimeSpan after = default) => _loop.Queue.AddAfter(owner, after);

    protected async Task ReplaceStatusAsync(TOwner before, TOwner after, CancellationToken cancellationToken) =>
        _replaced.Note(before, await Client.ReplaceStatusAsync(after, cancellationToken));

    /// <summary>Makes pods: twice as many each time, so that a template that the server refuses costs a few refusals and not hundreds.</summary>
    protected async Task<PodFailure?> CreateAsync(TOwner owner, IReadOnlyList<Pod> pods, CancellationToken cancellationToken)
    {
        for (int batch = 1, done = 0; done < pods.Count; done += batch, batch *= 2)
        {
            batch = Math.Min(batch, pods.Count - done);
            var failures = await Task.WhenAll(pods.Skip(done).Take(batch).Select(pod => CreateOneAsync(owner, pod, cancellationToken)));
            if (failures.FirstOrDefault(failure => failure is not null) is { } failure)
            {
                return failure;
            }
        }

        return null;
    }

    protected async Task<PodFailure?> DeleteAsync(TOwner owner, IReadOnlyList<Pod> pods, CancellationToken cancellationToken)
    {
        var failures = await Task.WhenAll(pods.Select(pod => DeleteOneAsync(owner, pod, cancellationToken)));
        return failures.FirstOrDefault(failure => failure is not null);
    }

    private void TakeOwner(InformerChange<TOwner> change)
    {
        var name = ObjectName.Of(change.Object);
        if (change.New is null)
        {
            _expectations.Forget(name);
            _replaced.Forget(change.Object);
        }

        _loop.Queue.Add(name);
    }

    private void TakePod(InformerChange<Pod> change)
    {
        var before = change.Old is null ? null : Ownership.ControllerOf<TOwner>(change.Old);
        var after = change.New is null ? null : Ownership.ControllerOf<TOwner>(change.New);
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
        foreach (var owner in _ownersIn.In(orphan.Metadata.Namespace).Where(owner => SelectorOf(owner)?.Matches(orphan.Metadata.Labels) == true))
        {
            _loop.Queue.Add(ObjectName.Of(owner));
        }
    }

    private async Task ReconcileAsync(ObjectName name, CancellationToken cancellationToken)
    {
        if (_owners.Find(name.Namespace, name.Name) is not { } owner
            || SelectorOf(owner) is not { } selector
            || !_expectations.AreMet(name)
            || _replaced.IsBehind(owner))
        {
            return;
        }

        var claim = Ownership.Decide(owner, selector, Informers.PodsIn.In(name.Namespace));
        if (claim.Adopt.Count + claim.Release.Count > 0)
        {
            // Counting goes on when the informer shows the new owners.
            await Ownership.WriteAsync(Client, owner, claim, cancellationToken);
            return;
        }

        if (await ReconcileAsync(owner, claim.Owned, cancellationToken) is { } failure)
        {
            throw new InvalidOperationException(failure.Message);
        }
    }

    private async Task<PodFailure?> CreateOneAsync(TOwner owner, Pod pod, CancellationToken cancellationToken)
    {
        var name = ObjectName.Of(owner);
        _expectations.Creation(name, pod.Metadata.Name!);
        try
        {
            await Client.CreateAsync(pod, cancellationToken);
            _events.Normal(owner, "SuccessfulCreate", $"Created pod: {pod.Metadata.Name}");
            return null;
        }
        catch (Exception error) when (error is ApiException or HttpRequestException or IOException)
        {
            _expectations.CreationSeen(name, pod.Metadata.Name);
            if (error is ApiException { Status.Details.Causes: { } causes } && causes.Any(cause => cause.Reason == "NamespaceTerminating"))
            {
                return null;
            }

            _events.Warning(owner, "FailedCreate", $"Error creating: {error.Message}");
            return new PodFailure("FailedCreate", error.Message);
        }
    }

    private async Task<PodFailure?> DeleteOneAsync(TOwner owner, Pod pod, CancellationToken cancellationToken)
    {
        var name = ObjectName.Of(owner);
        _expectations.Deletion(name, pod.Metadata.Uid);
        try
        {
            var options = new DeleteOptions { Preconditions = new Preconditions { Uid = pod.Metadata.Uid } };
            if (await Client.DeleteAsync<Pod>(pod.Metadata.Namespace, pod.Metadata.Name!, options, cancellationToken))
            {
                _events.Normal(owner, "SuccessfulDelete", $"Deleted pod: {pod.Metadata.Name}");
            }

            if (IsLeaving(Informers.Pods.Find(pod.Metadata.Namespace, pod.Metadata.Name!)))
            {
                // Somebody else had deleted it, and the informer told before this was expected.
                _expectations.DeletionSeen(name, pod.Metadata.Uid);
            }

            return null;
        }
        catch (Exception error) when (error is ApiException or HttpRequestException or IOException)
        {
            _expectations.DeletionSeen(name, pod.Metadata.Uid);
            _events.Warning(owner, "FailedDelete", $"Error deleting: {error.Message}");
            return new PodFailure("FailedDelete", error.Message);
        }
    }

    private static bool IsLeaving(Pod? pod) => pod is null || pod.Metadata.DeletionTimestamp is not null;
}

/// <summary>Why pods could not be made or removed.</summary>
/// <param name="Reason">FailedCreate or FailedDelete.</param>
/// <param name="Message">The API server's words.</param>
internal sealed record PodFailure(string Reason, string Message);
