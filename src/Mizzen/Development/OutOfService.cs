using System.Text.Json.Nodes;
using Mizzen.Client;
using Mizzen.Cluster.Controllers.Services;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Discovery;

namespace Mizzen.Development;

/// <summary>
/// Takes running pods out of the Services that lead to them, so that they can be ended without a failed request: a program that is told to
/// end stops listening at once, and clients hear of a pod's end no earlier than the program does.
/// </summary>
internal sealed class OutOfService(ResourceClient client, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // What the control plane and every proxy take to follow, with a wide margin.
    private static readonly TimeSpan Spread = TimeSpan.FromMilliseconds(500);

    /// <summary>The names of a Deployment's own pods. The one that stands in for them is not among them.</summary>
    public async Task<IReadOnlyList<string>> PodsOfAsync(Deployment deployment, CancellationToken cancellationToken)
    {
        var pods = await client.ListAsync<Pod>(deployment.Metadata.Namespace, null, cancellationToken);
        return
        [
            .. pods.Items
                .Where(pod => deployment.Spec?.Selector?.Matches(pod.Metadata.Labels) == true && pod.Metadata.OwnerReferences is [{ Kind: "ReplicaSet" }, ..])
                .Select(pod => pod.Metadata.Name!),
        ];
    }

    /// <summary>Returns when no proxy begins anything with these pods any more. Pods that are gone, or behind no Service, do not count.</summary>
    public async Task EnterAsync(string ns, IReadOnlyList<string> pods, CancellationToken cancellationToken)
    {
        if (!await LeadsToAsync(ns, pods, cancellationToken))
        {
            return;
        }

        await AnnotateAsync(ns, pods, "true", cancellationToken);
        var start = clock.GetTimestamp();
        while (clock.GetElapsedTime(start) < Patience && await LeadsToAsync(ns, pods, cancellationToken))
        {
            await Task.Delay(Pause, clock, cancellationToken);
        }

        await Task.Delay(Spread, clock, cancellationToken);
    }

    /// <summary>Lets pods that still run serve again.</summary>
    public Task LeaveAsync(string ns, IReadOnlyList<string> pods, CancellationToken cancellationToken) => AnnotateAsync(ns, pods, null, cancellationToken);

    private async Task<bool> LeadsToAsync(string ns, IReadOnlyList<string> pods, CancellationToken cancellationToken)
    {
        var slices = await client.ListAsync<EndpointSlice>(ns, null, cancellationToken);
        return slices.Items.SelectMany(slice => slice.Endpoints ?? [])
            .Any(endpoint => endpoint is { Conditions.Ready: true, TargetRef.Name: { } name } && pods.Contains(name));
    }

    private async Task AnnotateAsync(string ns, IReadOnlyList<string> pods, string? value, CancellationToken cancellationToken)
    {
        foreach (var pod in pods)
        {
            try
            {
                var annotations = new JsonObject { [OutOfServiceAnnotation.Name] = value };
                await client.PatchAsync<Pod>(
                    ns, pod, PatchType.Merge, new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } }, null, cancellationToken);
            }
            catch (ApiException error) when (error.IsNotFound)
            {
                // Nobody has anything to begin with it.
            }
        }
    }
}
