using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.Events;
using Mizzen.Resources;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Controllers.Deployments;

/// <summary>Carries out the plans of deployments: makes, scales and removes their ReplicaSets and writes their status.</summary>
internal sealed class DeploymentController
{
    private readonly ResourceClient _client;
    private readonly ClusterInformers _informers;
    private readonly EventSink _events;
    private readonly TimeProvider _clock;
    private readonly ReconcileLoop<ObjectName> _loop;

    public DeploymentController(ResourceClient client, ClusterInformers informers, EventSink events, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _informers = informers;
        _events = events;
        _clock = clock;
        _loop = new ReconcileLoop<ObjectName>("deployment-controller", ReconcileAsync, logger, clock);
        informers.Deployments.Changed += change => _loop.Queue.Add(ObjectName.Of(change.Object));
        informers.ReplicaSets.Changed += TakeSet;
        informers.Pods.Changed += TakePod;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(
            _informers.Deployments.WaitForSyncAsync(cancellationToken),
            _informers.ReplicaSets.WaitForSyncAsync(cancellationToken),
            _informers.Pods.WaitForSyncAsync(cancellationToken));
        await _loop.RunAsync(cancellationToken);
    }

    private void TakeSet(InformerChange<ReplicaSet> change)
    {
        var owners = new[] { change.Old, change.New }.OfType<ReplicaSet>().Select(Ownership.ControllerOf<Deployment>).OfType<ObjectName>().ToHashSet();
        foreach (var owner in owners)
        {
            _loop.Queue.Add(owner);
        }

        if (owners.Count == 0 && change.New is { } orphan)
        {
            var selecting = _informers.DeploymentsIn.In(orphan.Metadata.Namespace).Where(item => item.Spec?.Selector?.Matches(orphan.Metadata.Labels) == true);
            foreach (var deployment in selecting)
            {
                _loop.Queue.Add(ObjectName.Of(deployment));
            }
        }
    }

    // The Recreate strategy goes on when the last old pod is gone; no ReplicaSet tells of that.
    private void TakePod(InformerChange<Pod> change)
    {
        if (change.New is null
            && Ownership.ControllerOf<ReplicaSet>(change.Object) is { } name
            && _informers.ReplicaSets.Find(name.Namespace, name.Name) is { } set
            && Ownership.ControllerOf<Deployment>(set) is { } owner)
        {
            _loop.Queue.Add(owner);
        }
    }

    private async Task ReconcileAsync(ObjectName name, CancellationToken cancellationToken)
    {
        if (_informers.Deployments.Find(name.Namespace, name.Name) is not { Spec.Selector: { } selector } deployment)
        {
            return;
        }

        var claim = Ownership.Decide(deployment, selector, _informers.ReplicaSetsIn.In(name.Namespace));
        if (claim.Adopt.Count + claim.Release.Count > 0)
        {
            // The plan is made when the informer shows the new owners.
            await Ownership.WriteAsync(_client, deployment, claim, cancellationToken);
            return;
        }

        var now = _clock.GetUtcNow();
        var plan = DeploymentPlan.Decide(deployment, claim.Owned, HasOldPods(deployment, claim.Owned), now);
        if (plan.Create is { } set && !await CreateAsync(deployment, set, plan.Status, cancellationToken))
        {
            return;
        }

        await WriteAsync(deployment, plan, cancellationToken);
        if (plan.CheckAgain is { } deadline)
        {
            _loop.Queue.AddAfter(name, deadline - now);
        }
    }

    private bool HasOldPods(Deployment deployment, IReadOnlyList<ReplicaSet> owned)
    {
        var template = PodTemplateText.Of(deployment.Spec?.Template);
        var old = owned.Where(set => PodTemplateText.Of(set.Spec?.Template) != template).Select(set => set.Metadata.Uid).ToHashSet();
        return old.Count > 0
            && _informers.PodsIn.In(deployment.Metadata.Namespace)
                .Any(pod => !PodReadiness.IsFinished(pod) && old.Contains(Ownership.ControllerOf(pod.Metadata)?.Uid));
    }

    private async Task WriteAsync(Deployment deployment, DeploymentPlan plan, CancellationToken cancellationToken)
    {
        foreach (var change in plan.Changes)
        {
            await ChangeAsync(deployment, change, cancellationToken);
        }

        foreach (var set in plan.Remove)
        {
            var options = new DeleteOptions { Preconditions = new Preconditions { Uid = set.Metadata.Uid, ResourceVersion = set.Metadata.ResourceVersion } };
            await _client.DeleteAsync<ReplicaSet>(set.Metadata.Namespace, set.Metadata.Name!, options, cancellationToken);
        }

        var written = await WriteRevisionAsync(deployment, plan.Revision, cancellationToken);
        if (!DeploymentStatusBuilder.Same(deployment.Status, plan.Status))
        {
            await _client.ReplaceStatusAsync(written with { Status = plan.Status }, cancellationToken);
        }
    }

    /// <summary>False when the set could not be made now and the plan must be made again.</summary>
    private async Task<bool> CreateAsync(Deployment deployment, ReplicaSet set, DeploymentStatus status, CancellationToken cancellationToken)
    {
        try
        {
            await _client.CreateAsync(set, cancellationToken);
        }
        catch (ApiException error) when (error.IsConflict)
        {
            await ResolveAsync(deployment, set, cancellationToken);
            return false;
        }
        catch (ApiException error)
        {
            var refused = DeploymentStatusBuilder.Refused(deployment, status, set, error.Message, _clock.GetUtcNow());
            if (!DeploymentStatusBuilder.Same(deployment.Status, refused))
            {
                await _client.ReplaceStatusAsync(deployment with { Status = refused }, cancellationToken);
            }

            throw;
        }

        TellScaled(deployment, set.Metadata.Name, 0, set.Spec?.Replicas ?? 0);
        return true;
    }

    // The name is taken: by the very set, which the informer has not shown yet, or by another template with the same hash.
    private async Task ResolveAsync(Deployment deployment, ReplicaSet set, CancellationToken cancellationToken)
    {
        var existing = await _client.FindAsync<ReplicaSet>(set.Metadata.Namespace, set.Metadata.Name!, cancellationToken);
        if (existing is null || (Ownership.IsControlledBy(existing, deployment) && PodTemplateText.Of(existing.Spec?.Template) == PodTemplateText.Of(set.Spec?.Template)))
        {
            return;
        }

        var status = deployment.Status ?? new DeploymentStatus();
        await _client.ReplaceStatusAsync(deployment with { Status = status with { CollisionCount = (status.CollisionCount ?? 0) + 1 } }, cancellationToken);
    }

    private async Task ChangeAsync(Deployment deployment, ReplicaSetChange change, CancellationToken cancellationToken)
    {
        var set = change.Set;
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = set.Metadata.ResourceVersion,
                ["annotations"] = JsonSerializer.SerializeToNode(change.Annotations, ResourceJson.Options),
            },
            ["spec"] = new JsonObject { ["replicas"] = change.Size, ["minReadySeconds"] = change.MinReadySeconds },
        };
        await _client.PatchAsync<ReplicaSet>(set.Metadata.Namespace, set.Metadata.Name!, PatchType.Merge, patch, null, cancellationToken);
        TellScaled(deployment, set.Metadata.Name, set.Spec?.Replicas ?? 0, change.Size);
    }

    private void TellScaled(Deployment deployment, string? set, int from, int to)
    {
        if (from != to)
        {
            _events.Normal(deployment, "ScalingReplicaSet", $"Scaled {(to > from ? "up" : "down")} replica set {set} from {from} to {to}");
        }
    }

    private async Task<Deployment> WriteRevisionAsync(Deployment deployment, long? revision, CancellationToken cancellationToken)
    {
        if (revision is null || RevisionAnnotations.RevisionOf(deployment) == revision)
        {
            return deployment;
        }

        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = deployment.Metadata.ResourceVersion,
                ["annotations"] = new JsonObject
                {
                    [RevisionAnnotations.Revision] = revision.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
                },
            },
        };
        return await _client.PatchAsync<Deployment>(deployment.Metadata.Namespace, deployment.Metadata.Name!, PatchType.Merge, patch, null, cancellationToken);
    }
}
