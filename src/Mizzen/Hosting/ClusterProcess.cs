using Microsoft.Extensions.Logging;
using Mizzen.Clusters;
using Mizzen.Demo;
using Mizzen.Logging;
using Mizzen.Terminal;

namespace Mizzen.Hosting;

/// <summary>The process that is a local cluster: it brings everything up, says what runs, and lives until it is told to end.</summary>
internal sealed class ClusterProcess(ClusterDirectory directory, TimeProvider clock, TextWriter output)
{
    /// <summary>Runs the cluster until it is cancelled. A failed start is written to the record, for the process that waits for it.</summary>
    /// <exception cref="UserErrorException">The cluster did not come up, or broke.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var settings = ClusterSettings.Read(directory);
        using var loggers = ProgramLogging.Create(LogLevel.Warning);
        using var work = new BackgroundWork(loggers.CreateLogger<BackgroundWork>());
        using var memory = new IdleMemory(clock);
        try
        {
            await RunAsync(settings, work, loggers, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Record(record => record with { Phase = ClusterPhase.Failed, Failure = error.Message });
            throw error is UserErrorException ? error : new UserErrorException(error.Message, error);
        }
        finally
        {
            await work.StopAsync();
        }
    }

    private async Task RunAsync(ClusterSettings settings, BackgroundWork work, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        using var outsideTime = settings.Demo ? OutsideTimeService.Start() : null;
        if (outsideTime is not null)
        {
            settings = settings with { Outside = new Dictionary<string, string>(settings.Outside) { [TimeSample.OutsideHost] = outsideTime.Address.ToString() } };
        }

        await using var platform = await ClusterPlatform.StartAsync(directory, settings, work, loggers, clock, cancellationToken);
        try
        {
            await ServeAsync(platform, settings, work, cancellationToken);
        }
        finally
        {
            // Pods end, and tell so, while there is still an API to tell it to.
            await work.StopAsync();
        }
    }

    private async Task ServeAsync(ClusterPlatform platform, ClusterSettings settings, BackgroundWork work, CancellationToken cancellationToken)
    {
        var progress = new Progress(output, clock);
        platform.WriteKubeconfig(directory, settings);
        Record(record => record with { ApiServer = platform.ApiAddress.ToString().TrimEnd('/'), Gateway = platform.GatewayAddress.ToString().TrimEnd('/') });
        progress.Done($"Kubernetes API at {platform.ApiAddress}  ({settings.Nodes} nodes)");

        var mesh = new MeshStart(platform, settings, progress, clock);
        await work.WhileRunningAsync(mesh.RunAsync(cancellationToken));
        var ready = Record(record => record with { Phase = ClusterPhase.Ready });
        await output.WriteLineAsync(settings.Demo ? DemoText.WhatToTry(settings, ready) : StartText.WhatToTry(settings, ready));
        if (settings.Tour)
        {
            var api = new Api.KubernetesApi(platform.Client.Http);
            await work.WhileRunningAsync(new Tour(api, platform.GatewayAddress, clock, output).WalkAsync(cancellationToken));
        }

        await work.UntilAsync(cancellationToken);
    }

    private ClusterRecord Record(Func<ClusterRecord, ClusterRecord> change)
    {
        var changed = change(ClusterRecord.Read(directory) ?? throw new UserErrorException($"{directory.RecordFile} is gone"));
        changed.Write(directory);
        return changed;
    }
}
