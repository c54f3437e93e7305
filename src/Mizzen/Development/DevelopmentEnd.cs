using Mizzen.Client;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Coordination;
using Mizzen.Resources.Core;

namespace Mizzen.Development;

/// <summary>
/// Puts everything back as it was: the Deployment's own pods first, then the one that stood in for them loses its clients and goes, so
/// that somebody answers all the while. It may be done twice.
/// </summary>
internal sealed class DevelopmentEnd(ResourceClient client, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly DeploymentScale _scale = new(client, clock);
    private readonly OutOfService _outOfService = new(client, clock);

    public async Task RunAsync(Lease lease, CancellationToken cancellationToken)
    {
        var ns = lease.Metadata.Namespace!;
        await BringBackAsync(ns, DevelopmentLease.DeploymentOf(lease), DevelopmentLease.ReplicasOf(lease), cancellationToken);
        var pod = DevelopmentLease.PodOf(lease);
        await _outOfService.EnterAsync(ns, [pod], cancellationToken);
        await client.DeleteAsync<Pod>(ns, pod, null, cancellationToken);
        await UntilGoneAsync(ns, pod, cancellationToken);
        await client.DeleteAsync<Lease>(ns, lease.Metadata.Name!, null, cancellationToken);
    }

    // Whoever has scaled it meanwhile knows better.
    private async Task BringBackAsync(string ns, string name, int replicas, CancellationToken cancellationToken)
    {
        if (await client.FindAsync<Deployment>(ns, name, cancellationToken) is not { } deployment)
        {
            return;
        }

        // Pods that were never scaled away serve again.
        await _outOfService.LeaveAsync(ns, await _outOfService.PodsOfAsync(deployment, cancellationToken), cancellationToken);
        if (deployment.Spec?.Replicas == 0 && replicas > 0 && await _scale.SetAsync(ns, name, replicas, cancellationToken))
        {
            await _scale.UntilAvailableAsync(ns, name, replicas, cancellationToken);
        }
    }

    private async Task UntilGoneAsync(string ns, string pod, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        while (clock.GetElapsedTime(start) < Patience && await client.FindAsync<Pod>(ns, pod, cancellationToken) is not null)
        {
            await Task.Delay(Pause, clock, cancellationToken);
        }
    }
}
