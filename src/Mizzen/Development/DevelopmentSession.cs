using System.Security.Cryptography;
using Mizzen.Client;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Coordination;

namespace Mizzen.Development;

/// <summary>A program of the user's in the place of a Deployment's pods, from its start until everything is as before.</summary>
internal sealed class DevelopmentSession(ResourceClient client, TextWriter output, TimeProvider clock)
{
    // The letters that Kubernetes makes names of: no words come out.
    private const string NameLetters = "bcdfghjklmnpqrstvwxz2456789";

    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(90);

    private readonly DeploymentScale _scale = new(client, clock);
    private readonly OutOfService _outOfService = new(client, clock);

    /// <summary>Runs it until it ends or is cancelled; then the Deployment's own pods are back.</summary>
    /// <returns>The program's exit code.</returns>
    /// <exception cref="UserErrorException">The program cannot run, or somebody has replaced the Deployment already.</exception>
    public async Task<int> RunAsync(Deployment deployment, string? container, DevelopmentProgram program, CancellationToken cancellationToken)
    {
        var name = $"{deployment.Metadata.Name}-dev-{RandomNumberGenerator.GetString(NameLetters, 5)}";
        var pod = DevelopmentPod.Of(deployment, name, container, program);
        var lease = await BeginAsync(deployment, name, cancellationToken);
        using var renewing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var renewal = RenewAsync(lease, renewing.Token);
        try
        {
            var created = await client.CreateAsync(pod, cancellationToken);
            return await new ProgramWatch(client, output, clock).UntilEndAsync(created, () => TakeOverAsync(deployment, name, cancellationToken), cancellationToken);
        }
        finally
        {
            await renewing.CancelAsync();
            await renewal;
            await EndAsync(deployment, lease);
        }
    }

    private async Task<Lease> BeginAsync(Deployment deployment, string pod, CancellationToken cancellationToken)
    {
        var lease = DevelopmentLease.Of(deployment, pod, clock.GetUtcNow());
        try
        {
            return await client.CreateAsync(lease, cancellationToken);
        }
        catch (ApiException error) when (error.IsConflict)
        {
            throw new UserErrorException(
                $"deployment/{deployment.Metadata.Name} is being replaced by another mizzen dev; when that one was killed, its pods come back within half a minute", error);
        }
    }

    private async Task RenewAsync(Lease lease, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(DevelopmentLease.RenewPeriod, clock, cancellationToken);
                await client.PatchAsync<Lease>(
                    lease.Metadata.Namespace, lease.Metadata.Name!, PatchType.Merge, DevelopmentLease.Renewal(clock.GetUtcNow()), null, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The session ends.
        }
        catch (Exception error) when (error is ApiException or HttpRequestException)
        {
            await output.WriteLineAsync($"mizzen: the cluster does not answer any more: {error.Message}");
        }
    }

    private async Task TakeOverAsync(Deployment deployment, string pod, CancellationToken cancellationToken)
    {
        var own = await _outOfService.PodsOfAsync(deployment, cancellationToken);
        await _outOfService.EnterAsync(deployment.Metadata.Namespace!, own, cancellationToken);
        await _scale.SetAsync(deployment.Metadata.Namespace!, deployment.Metadata.Name!, 0, cancellationToken);
        await output.WriteLineAsync($"mizzen: your program (pod {pod}) has the place of deployment/{deployment.Metadata.Name}; Ctrl-C gives it back");
    }

    // Also when the user is in a hurry: the cluster would do it too, but later.
    private async Task EndAsync(Deployment deployment, Lease lease)
    {
        using var limit = new CancellationTokenSource(EndPatience, clock);
        await new DevelopmentEnd(client, clock).RunAsync(lease, limit.Token);
        await output.WriteLineAsync($"mizzen: deployment/{deployment.Metadata.Name} is as before");
    }
}
