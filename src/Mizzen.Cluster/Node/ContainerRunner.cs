using System.Globalization;
using Mizzen.Cluster.Images;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Node;

/// <summary>
/// Runs one container of a pod: starts its program, follows its output, asks its probes, and starts it again as the pod's restart
/// policy says, at once the first time and then later and later, up to five minutes apart.
/// </summary>
internal sealed class ContainerRunner(
    ContainerRecord record, PodSandbox sandbox, Pod pod, NodeIdentity node, NodeServices services, Action changed)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongRun = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ImagePause = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ContainerProcess? _process;

    public ContainerRecord Record => record;

    /// <summary>Completes when the container has started for the first time, its startup probe included.</summary>
    public Task Started => _started.Task;

    private string LogFolder => PodLogs.FolderOf(services.LogsFolder, pod, record.Spec.Name);

    /// <summary>Runs until the restart policy says that it is over, or until it is told to stop and the program has ended.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var policy = record.IsSidecar ? "Always" : pod.Spec?.RestartPolicy ?? "Always";
        var pause = TimeSpan.Zero;
        while (!stop.IsCancellationRequested)
        {
            var began = services.Clock.GetTimestamp();
            var code = await RunOnceAsync(stop);
            var again = policy == "Always" && !(record.IsInit && !record.IsSidecar && code == 0);
            if (stop.IsCancellationRequested || !(again || (policy == "OnFailure" && code != 0)))
            {
                return;
            }

            pause = services.Clock.GetElapsedTime(began) > LongRun ? TimeSpan.Zero : pause;
            await PauseAsync(pause, stop);
            pause = pause == TimeSpan.Zero ? FirstPause : pause * 2 > LongestPause ? LongestPause : pause * 2;
            record.RestartCount++;
        }
    }

    /// <summary>Sends a signal to the program, if there is one.</summary>
    public void Signal(int signal) => _process?.Signal(signal);

    private async Task PauseAsync(TimeSpan pause, CancellationToken stop)
    {
        record.LastState = record.State;
        if (pause > TimeSpan.Zero)
        {
            var message = string.Create(
                CultureInfo.InvariantCulture,
                $"back-off {pause.TotalSeconds:0}s restarting failed container={record.Spec.Name} pod={pod.Metadata.Name}_{pod.Metadata.Namespace}({pod.Metadata.Uid})");
            Wait("CrashLoopBackOff", message);
            services.Events.Record(pod, node.Name, "Warning", "BackOff", $"Back-off restarting failed container {record.Spec.Name} in pod {pod.Metadata.Name}", record.Spec.Name);
            await DelayAsync(pause, stop);
        }
    }

    private async Task<int> RunOnceAsync(CancellationToken stop)
    {
        ContainerStart start;
        while (true)
        {
            try
            {
                start = await sandbox.PrepareAsync(record.Spec, record.RestartCount, stop);
                _process = ContainerProcess.Start(sandbox.Network.Namespace, start);
                break;
            }
            catch (ImageNotMappedException error)
            {
                Refuse("ErrImagePull", "Failed", $"Failed to pull image \"{record.Spec.Image}\": {error.Message}");
            }
            catch (Exception error) when (error is NodeException or Client.ApiException or HttpRequestException or IOException)
            {
                Refuse("CreateContainerError", "Failed", $"Error: {error.Message}");
            }

            if (!await DelayAsync(ImagePause, stop))
            {
                return 1;
            }
        }

        using var process = _process;
        return await FollowAsync(process);
    }

    private async Task<int> FollowAsync(ContainerProcess process)
    {
        var startedAt = services.Clock.GetUtcNow();
        record.Id = $"host://{process.ProcessId.ToString(CultureInfo.InvariantCulture)}-{startedAt.ToUnixTimeMilliseconds():x}";
        record.State = new ContainerState { Running = new ContainerStateRunning { StartedAt = startedAt } };
        services.Events.Record(pod, node.Name, "Normal", "Started", $"Started container {record.Spec.Name}", record.Spec.Name);
        changed();

        using var log = new ContainerLog(LogFolder, record.RestartCount, services.Clock);
        using var ended = new CancellationTokenSource();
        var copies = Task.WhenAll(log.CopyAsync(process.Output, "stdout"), log.CopyAsync(process.Errors, "stderr"));
        var probes = ProbeAsync(ended.Token);
        var code = await process.WaitAsync(CancellationToken.None);
        await ended.CancelAsync();
        await probes;
        // A program's children may keep its output open after it has ended; they end with the pod.
        await Task.WhenAny(copies, Task.Delay(TimeSpan.FromMilliseconds(200), services.Clock, CancellationToken.None));

        record.Ready = false;
        record.Started = false;
        record.State = new ContainerState
        {
            Terminated = new ContainerStateTerminated
            {
                ExitCode = code,
                Signal = code > 128 ? code - 128 : null,
                Reason = code == 0 ? "Completed" : "Error",
                StartedAt = startedAt,
                FinishedAt = services.Clock.GetUtcNow(),
                ContainerId = record.Id,
            },
        };
        _process = null;
        changed();
        return code;
    }

    private async Task ProbeAsync(CancellationToken ended)
    {
        try
        {
            var probe = new ContainerProbe(services.Network, sandbox.Network.Address, RunCommandAsync);
            var loop = new ProbeLoop(probe, record, services.Clock, changed, Unhealthy);
            await loop.UntilStartedAsync(ended);
            _started.TrySetResult();
            await loop.FollowAsync(Kill, ended);
        }
        catch (OperationCanceledException)
        {
            // The program has ended.
        }
    }

    private void Kill()
    {
        services.Events.Record(pod, node.Name, "Normal", "Killing", $"Container {record.Spec.Name} failed liveness probe, will be restarted", record.Spec.Name);
        Signal(ContainerProcess.SigTerm);
        var grace = TimeSpan.FromSeconds(pod.Spec?.TerminationGracePeriodSeconds ?? 30);
        _ = Task.Delay(grace, services.Clock).ContinueWith(_ => Signal(ContainerProcess.SigKill), TaskScheduler.Default);
    }

    private void Unhealthy(string probe, string reason) =>
        services.Events.Record(pod, node.Name, "Warning", "Unhealthy", $"{probe} probe failed: {reason}", record.Spec.Name);

    private async Task<int> RunCommandAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        using var process = ContainerProcess.Start(
            sandbox.Network.Namespace, await sandbox.PrepareCommandAsync(record.Spec, command, cancellationToken));
        try
        {
            return await process.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Signal(ContainerProcess.SigKill);
            throw;
        }
    }

    private void Refuse(string waiting, string reason, string message)
    {
        Wait(waiting, message);
        services.Events.Record(pod, node.Name, "Warning", reason, message, record.Spec.Name);
        Log.PodFailed(services.Logger, pod.Metadata.Namespace, pod.Metadata.Name, message);
    }

    private void Wait(string reason, string message)
    {
        record.State = new ContainerState { Waiting = new ContainerStateWaiting { Reason = reason, Message = message } };
        changed();
    }

    private async Task<bool> DelayAsync(TimeSpan pause, CancellationToken stop)
    {
        try
        {
            await Task.Delay(pause, services.Clock, stop);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
