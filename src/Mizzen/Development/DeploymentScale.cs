using System.Text.Json.Nodes;
using Mizzen.Client;
using Mizzen.Resources.Apps;

namespace Mizzen.Development;

/// <summary>Takes a Deployment's own pods away and brings them back.</summary>
internal sealed class DeploymentScale(ResourceClient client, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Sets the number of replicas; false when the Deployment is gone.</summary>
    public async Task<bool> SetAsync(string ns, string name, int replicas, CancellationToken cancellationToken)
    {
        try
        {
            var patch = new JsonObject { ["spec"] = new JsonObject { ["replicas"] = replicas } };
            await client.PatchAsync<Deployment>(ns, name, PatchType.Merge, patch, null, cancellationToken);
            return true;
        }
        catch (ApiException error) when (error.IsNotFound)
        {
            return false;
        }
    }

    /// <summary>Waits until so many replicas are available, or for a minute.</summary>
    public async Task UntilAvailableAsync(string ns, string name, int replicas, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        while (clock.GetElapsedTime(start) < Patience
            && await client.FindAsync<Deployment>(ns, name, cancellationToken) is { } deployment
            && (deployment.Status?.AvailableReplicas ?? 0) < replicas)
        {
            await Task.Delay(Pause, clock, cancellationToken);
        }
    }
}
