using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.ApiServer.Strategies;
using Mizzen.Cluster.Storage;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Policy;

namespace Mizzen.Cluster.ApiServer.Subresources;

/// <summary>Deletes a pod if its disruption budget allows, and counts the budget down.</summary>
internal sealed class EvictionHandler(ObjectStore store, ObjectDeletion deletion, TimeProvider clock)
{
    private const int Attempts = 16;

    private static readonly ResourceName Budgets = new("policy", "poddisruptionbudgets");

    /// <exception cref="StatusException">The pod does not exist, or its budget does not allow it (429).</exception>
    public async Task EvictAsync(ApiRequest request)
    {
        var eviction = await RequestBody.ReadObjectAsync(request.Http.Request, []);
        var options = DeletionOptions.From(eviction.Child("deleteOptions"), request);
        var stored = store.Find(PodStrategy.Resource, request.Key) ?? throw Errors.NotFound("", "pods", request.Name);
        await RequireBudgetAsync(ResourceJson.Deserialize<Pod>(stored.Json), options.DryRun);
        await deletion.DeleteAsync(request, request.Key, options);
        await Answer.StatusAsync(request.Http, new Status { Outcome = "Success", Code = StatusCodes.Status201Created });
    }

    private async Task RequireBudgetAsync(Pod pod, bool dryRun)
    {
        // Nobody misses it.
        if (pod.Status?.Phase is "Succeeded" or "Failed" or "Pending" || pod.Metadata.DeletionTimestamp is not null)
        {
            return;
        }

        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            if (BudgetOf(pod) is not { } found || await TryTakeAsync(pod, found.Stored, found.Budget, dryRun))
            {
                return;
            }
        }

        throw Refused("the disruption budget is being changed by others all the time");
    }

    private (StoredObject Stored, PodDisruptionBudget Budget)? BudgetOf(Pod pod)
    {
        var found = store.Snapshot(Budgets).Objects.Values
            .Where(stored => stored.Key.Namespace == pod.Metadata.Namespace)
            .Select(stored => (Stored: stored, Budget: ResourceJson.Deserialize<PodDisruptionBudget>(stored.Json)))
            .Where(entry => entry.Budget.Spec?.Selector?.Matches(pod.Metadata.Labels) == true)
            .ToList();
        return found.Count <= 1
            ? found.Select(entry => ((StoredObject, PodDisruptionBudget)?)entry).FirstOrDefault()
            : throw Errors.Internal("This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
    }

    private async Task<bool> TryTakeAsync(Pod pod, StoredObject stored, PodDisruptionBudget budget, bool dryRun)
    {
        var status = budget.Status ?? new PodDisruptionBudgetStatus();
        if (MayGoUncounted(pod, budget, status))
        {
            return true;
        }

        if ((status.ObservedGeneration ?? 0) < (budget.Metadata.Generation ?? 1))
        {
            throw Refused($"The disruption budget {budget.Metadata.Name} is still being processed by the server.");
        }

        if (status.DisruptionsAllowed is not > 0)
        {
            throw Refused($"The disruption budget {budget.Metadata.Name} needs {status.DesiredHealthy ?? 0} healthy pods and has {status.CurrentHealthy ?? 0} currently");
        }

        return dryRun || await CountDownAsync(pod, stored, status);
    }

    // A pod that is not ready counts for nothing; by default it still stays where the app has too few.
    private static bool MayGoUncounted(Pod pod, PodDisruptionBudget budget, PodDisruptionBudgetStatus status) =>
        pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) != true
        && (budget.Spec?.UnhealthyPodEvictionPolicy == "AlwaysAllow" || (status.DesiredHealthy > 0 && status.CurrentHealthy >= status.DesiredHealthy));

    private async Task<bool> CountDownAsync(Pod pod, StoredObject stored, PodDisruptionBudgetStatus status)
    {
        var node = stored.ToNode();
        var changed = node.Ensure("status");
        changed["disruptionsAllowed"] = status.DisruptionsAllowed - 1;
        changed.Ensure("disruptedPods")[pod.Metadata.Name!] = ObjectState.Time(clock.GetUtcNow());
        return (await store.WriteAsync(new StoreWrite(Budgets, stored.Key, stored.Revision, node))).Written is not null;
    }

    private static StatusException Refused(string why) => Errors.Refusal(
        StatusCodes.Status429TooManyRequests,
        "TooManyRequests",
        "Cannot evict pod as it would violate the pod's disruption budget.",
        new StatusDetails { Causes = [new StatusCause { Reason = "DisruptionBudget", Message = why }] });
}
