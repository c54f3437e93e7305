using Microsoft.Extensions.Logging;
using Mizzen.Client;

namespace Mizzen.ControlPlane;

/// <summary>The control plane as a program: what the verb <c>istiod</c> runs in a pod.</summary>
public static class Istiod
{
    /// <summary>
    /// Runs the control plane until it is cancelled, then ends open streams gracefully. It needs nothing but a Kubernetes API on which the
    /// mesh's kinds are installed.
    /// </summary>
    /// <exception cref="ApiException">The API server refuses what the control plane cannot do without.</exception>
    /// <exception cref="IOException">A port is taken.</exception>
    public static async Task RunAsync(
        IstiodOptions options, ResourceClient client, ILoggerFactory loggers, TimeProvider clock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(loggers);
        ArgumentNullException.ThrowIfNull(clock);
        await using var istiod = await RunningIstiod.StartAsync(options, client, loggers, clock, cancellationToken);
        await istiod.WaitAsync(cancellationToken);
    }
}
