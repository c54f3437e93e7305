using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources.Coordination;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Node;

/// <summary>A node's heartbeat: a Lease in kube-node-lease, renewed every ten seconds (KEP-589).</summary>
internal sealed class NodeLease(string node, Func<bool> isOff, ResourceClient client, ILogger logger, TimeProvider clock)
{
    private const string Namespace = "kube-node-lease";
    private const int DurationSeconds = 40;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private string Now => clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Says once that the node is there.</summary>
    public Task SayAsync(CancellationToken cancellationToken) => RenewAsync(cancellationToken);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (!isOff())
                {
                    await RenewAsync(cancellationToken);
                }

                await Task.Delay(Period, clock, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The cluster ends: nobody is left to look at the lease.
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            var renewal = new JsonObject { ["spec"] = new JsonObject { ["renewTime"] = Now } };
            await client.PatchAsync<Lease>(Namespace, node, PatchType.Merge, renewal, null, cancellationToken);
        }
        catch (ApiException error) when (error.IsNotFound)
        {
            await CreateAsync(cancellationToken);
        }
        catch (Exception error) when (error is ApiException or HttpRequestException)
        {
            Log.LeaseFailed(logger, node, error.Message);
        }
    }

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            var lease = new Lease
            {
                Metadata = new ObjectMeta { Namespace = Namespace, Name = node },
                Spec = new LeaseSpec { HolderIdentity = node, LeaseDurationSeconds = DurationSeconds, AcquireTime = Now, RenewTime = Now },
            };
            await client.CreateAsync(lease, cancellationToken);
        }
        catch (Exception error) when (error is ApiException or HttpRequestException)
        {
            Log.LeaseFailed(logger, node, error.Message);
        }
    }
}
