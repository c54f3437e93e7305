using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources.Coordination;

namespace Mizzen.Development;

/// <summary>Puts back what a <c>mizzen dev</c> that was killed could not.</summary>
internal sealed partial class DevelopmentKeeper(ResourceClient client, ILogger<DevelopmentKeeper> logger, TimeProvider clock)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly DevelopmentEnd _end = new(client, clock);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Period, clock, cancellationToken);
            try
            {
                await EndExpiredAsync(cancellationToken);
            }
            catch (Exception error) when (error is ApiException or HttpRequestException)
            {
                Failed(logger, error.Message);
            }
        }
    }

    private async Task EndExpiredAsync(CancellationToken cancellationToken)
    {
        var leases = await client.ListAsync<Lease>(null, new ListOptions { LabelSelector = DevelopmentLease.Label }, cancellationToken);
        foreach (var lease in leases.Items.Where(lease => DevelopmentLease.IsExpired(lease, clock.GetUtcNow())))
        {
            await _end.RunAsync(lease, cancellationToken);
            Ended(logger, lease.Metadata.Namespace, DevelopmentLease.DeploymentOf(lease));
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "deployment {Namespace}/{Name} has its own pods again: the mizzen dev that replaced them is gone")]
    private static partial void Ended(ILogger logger, string? @namespace, string name);

    [LoggerMessage(2, LogLevel.Warning, "cannot look for replaced deployments, trying again: {Reason}")]
    private static partial void Failed(ILogger logger, string reason);
}
