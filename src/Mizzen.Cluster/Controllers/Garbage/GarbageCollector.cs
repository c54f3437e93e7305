using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Controllers.Garbage;

/// <summary>
/// Removes what its owners have left behind, and lets owners go that wait for their dependents (foreground) or leave them (orphan).
/// </summary>
internal sealed class GarbageCollector
{
    private readonly ResourceClient _client;
    private readonly MetadataWatch _metadata;
    private readonly OwnerIndex _index = new();
    private readonly ReconcileLoop<ObjectIdentity> _loop;
    private volatile bool _started;

    public GarbageCollector(ResourceClient client, MetadataWatch metadata, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _metadata = metadata;
        _loop = new ReconcileLoop<ObjectIdentity>("garbage-collector", ReconcileAsync, logger, clock);
        metadata.Changed += Take;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _metadata.WaitForSyncAsync(cancellationToken);
        _started = true;
        foreach (var (kind, metadata) in _metadata.All)
        {
            Consider(kind, metadata);
        }

        await _loop.RunAsync(cancellationToken);
    }

    private void Take(MetadataChange change)
    {
        _index.Take(change);
        if (!_started)
        {
            // Before everything is known, every owner may seem to be absent.
            return;
        }

        if (change.New is { } metadata)
        {
            Consider(change.Kind, metadata);
        }
        else
        {
            Released(change.Metadata);
        }
    }

    private void Consider(ResourceKind kind, ObjectMeta metadata)
    {
        if (IsWaiting(metadata) || IsOrphaning(metadata) || (metadata.OwnerReferences ?? []).Any(owner => !IsKnown(owner, metadata)))
        {
            _loop.Queue.Add(ObjectIdentity.Of(kind, metadata));
        }
    }

    // An object has gone: its dependents may have no owner left, and its owners may have waited for it.
    private void Released(ObjectMeta gone)
    {
        foreach (var dependent in _index.DependentsOf(gone.Uid))
        {
            _loop.Queue.Add(dependent);
        }

        foreach (var reference in gone.OwnerReferences ?? [])
        {
            if (_metadata.KindOf(reference.ApiVersion, reference.Kind) is { } kind
                && _metadata.Find(kind, gone.Namespace, reference.Name) is { } owner
                && IsWaiting(owner))
            {
                _loop.Queue.Add(ObjectIdentity.Of(kind, owner));
            }
        }
    }

    private bool IsKnown(OwnerReference reference, ObjectMeta dependent) =>
        _metadata.KindOf(reference.ApiVersion, reference.Kind) is { } kind
        && _metadata.Find(kind, dependent.Namespace, reference.Name) is { } owner
        && owner.Uid == reference.Uid
        && !IsWaiting(owner);

    private async Task ReconcileAsync(ObjectIdentity identity, CancellationToken cancellationToken)
    {
        var found = await _client.FindAsync<PartialObjectMetadata>(identity.Kind, Scope(identity), identity.Name, cancellationToken);
        if (found?.Metadata is not { } metadata || metadata.Uid != identity.Uid)
        {
            return;
        }

        if (IsOrphaning(metadata))
        {
            await OrphanAsync(identity, metadata, cancellationToken);
        }
        else if (IsWaiting(metadata))
        {
            await ReleaseAsync(identity, metadata, cancellationToken);
        }
        else
        {
            await CollectAsync(identity, metadata, cancellationToken);
        }
    }

    private async Task CollectAsync(ObjectIdentity identity, ObjectMeta metadata, CancellationToken cancellationToken)
    {
        var owners = new List<(OwnerReference, OwnerState)>();
        foreach (var reference in metadata.OwnerReferences ?? [])
        {
            if (await StateOfAsync(reference, identity.Namespace, cancellationToken) is not { } state)
            {
                return;
            }

            owners.Add((reference, state));
        }

        var decision = GarbageDecision.Decide(metadata, owners, _index.DependentsOf(identity.Uid).Count > 0);
        if (decision.Delete)
        {
            await DeleteAsync(identity, decision.Propagation, cancellationToken);
        }
        else if (decision.Keep is { } keep)
        {
            await Ownership.WriteOwnersAsync<PartialObjectMetadata>(_client, identity.Kind, metadata, keep, cancellationToken);
        }
    }

    /// <summary>How an owner is, asked of the server itself; null when its kind is not served, so that nobody can tell.</summary>
    private async Task<OwnerState?> StateOfAsync(OwnerReference reference, string ns, CancellationToken cancellationToken)
    {
        if (_metadata.KindOf(reference.ApiVersion, reference.Kind) is not { } kind)
        {
            return null;
        }

        var owner = await _client.FindAsync<PartialObjectMetadata>(kind, kind.Namespaced ? ns : null, reference.Name, cancellationToken);
        if (owner is null || owner.Metadata.Uid != reference.Uid)
        {
            return OwnerState.Absent;
        }

        return IsWaiting(owner.Metadata) ? OwnerState.WaitingForDependents : OwnerState.Solid;
    }

    private async Task OrphanAsync(ObjectIdentity identity, ObjectMeta metadata, CancellationToken cancellationToken)
    {
        foreach (var dependent in _index.DependentsOf(identity.Uid))
        {
            if (await _client.FindAsync<PartialObjectMetadata>(dependent.Kind, Scope(dependent), dependent.Name, cancellationToken) is { } item)
            {
                var others = (item.Metadata.OwnerReferences ?? []).Where(reference => reference.Uid != identity.Uid);
                await Ownership.WriteOwnersAsync<PartialObjectMetadata>(_client, dependent.Kind, item.Metadata, [.. others], cancellationToken);
            }
        }

        await RemoveFinalizerAsync(identity, metadata, GarbageDecision.OrphanFinalizer, cancellationToken);
    }

    private async Task ReleaseAsync(ObjectIdentity identity, ObjectMeta metadata, CancellationToken cancellationToken)
    {
        var blocking = 0;
        foreach (var dependent in _index.DependentsOf(identity.Uid))
        {
            var item = await _client.FindAsync<PartialObjectMetadata>(dependent.Kind, Scope(dependent), dependent.Name, cancellationToken);
            if (item?.Metadata.Uid == dependent.Uid)
            {
                _loop.Queue.Add(dependent);
                blocking += item.Metadata.OwnerReferences?.Any(reference => reference.Uid == identity.Uid && reference.BlockOwnerDeletion == true) == true ? 1 : 0;
            }
        }

        if (blocking == 0)
        {
            await RemoveFinalizerAsync(identity, metadata, GarbageDecision.ForegroundFinalizer, cancellationToken);
        }
    }

    private Task<bool> DeleteAsync(ObjectIdentity identity, string? propagation, CancellationToken cancellationToken) => _client.DeleteAsync(
        identity.Kind,
        Scope(identity),
        identity.Name,
        new DeleteOptions { PropagationPolicy = propagation, Preconditions = new Preconditions { Uid = identity.Uid } },
        cancellationToken);

    private async Task RemoveFinalizerAsync(ObjectIdentity identity, ObjectMeta metadata, string finalizer, CancellationToken cancellationToken)
    {
        var left = (metadata.Finalizers ?? []).Where(candidate => candidate != finalizer).Select(candidate => (JsonNode?)candidate).ToArray();
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = metadata.ResourceVersion, ["finalizers"] = left.Length == 0 ? null : new JsonArray(left) },
        };
        await _client.PatchAsync<PartialObjectMetadata>(identity.Kind, Scope(identity), identity.Name, PatchType.Merge, patch, null, cancellationToken);
    }

    private static string? Scope(ObjectIdentity identity) => identity.Kind.Namespaced ? identity.Namespace : null;

    private static bool IsWaiting(ObjectMeta metadata) => Has(metadata, GarbageDecision.ForegroundFinalizer);

    private static bool IsOrphaning(ObjectMeta metadata) => Has(metadata, GarbageDecision.OrphanFinalizer);

    private static bool Has(ObjectMeta metadata, string finalizer) =>
        metadata.DeletionTimestamp is not null && metadata.Finalizers?.Contains(finalizer) == true;
}
