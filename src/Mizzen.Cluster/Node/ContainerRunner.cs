using System.Globalization;
using Mizzen.Cluster.Images;
using Mizzen.Cluster.Scheduling;
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
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _launched = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ContainerActions _actions = new(services.Network, sandbox.Network, record.Spec);
    private ContainerProcess? _process;
    private RunningProgram? _running;
    private bool _outOfMemory;

    public ContainerRecord Record => record;

    public bool IsRunning => _running is not null;

    /// <summary>The mount namespace that the container's processes are in; null while there are none.</summary>
    public string? MountNamespace { get; private set; }

    /// <summary>How much memory its processes may have together, in bytes; null: as much as there is.</summary>
    public long? MemoryLimit { get; } =
        record.Spec.Resources?.Limits is { } limits && limits.TryGetValue("memory", out var limit) && Quantity.TryParse(limit.ToString(), out var bytes) ? (long)bytes : null;

    /// <summary>Completes when the program has been started for the first time and its postStart hook is done.</summary>
    public Task Launched => _launched.Task;

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
            if (await RunOnceAsync(stop) is not { } code)
            {
                return;
            }

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

    /// <summary>Asks the program to end: its preStop hook first, then SIGTERM.</summary>
    public async Task AskToEndAsync(CancellationToken enough)
    {
        if (_process is { } process && record.Spec.Lifecycle?.PreStop is { } hook && await RunHookAsync(hook, process, enough) is { } reason)
        {
            Tell("Warning", "FailedPreStopHook", $"PreStopHook failed: {reason}");
        }

        _process?.Signal(ContainerProcess.SigTerm);
    }

    /// <summary>Ends the program now.</summary>
    public void Kill() => _process?.Signal(ContainerProcess.SigKill);

    /// <summary>Ends the program and all that it has started, because it has more memory than it may.</summary>
    public void EndForMemory()
    {
        _outOfMemory = true;
        Kill();
        _process?.EndRemaining();
    }

    /// <summary>Starts a command in the container, for somebody who follows it.</summary>
    /// <exception cref="NodeException">The container does not run, or there is no such command.</exception>
    public ContainerSession Exec(IReadOnlyList<string> command, ProgramStreams streams) => _running is null
        ? throw new ContainerNotFoundException(record.Spec.Name)
        : new ExecSession(_actions.StartBeside(command, streams));

    /// <summary>Follows the container's own program.</summary>
    /// <exception cref="NodeException">The container does not run.</exception>
    public ContainerSession Attach() => _running?.Attach() ?? throw new ContainerNotFoundException(record.Spec.Name);

    private async Task PauseAsync(TimeSpan pause, CancellationToken stop)
    {
        record.LastState = record.State;
        if (pause > TimeSpan.Zero)
        {
            var message = string.Create(
                CultureInfo.InvariantCulture,
                $"back-off {pause.TotalSeconds:0}s restarting failed container={record.Spec.Name} pod={pod.Metadata.Name}_{pod.Metadata.Namespace}({pod.Metadata.Uid})");
            Wait("CrashLoopBackOff", message);
            Tell("Warning", "BackOff", $"Back-off restarting failed container {record.Spec.Name} in pod {pod.Metadata.Name}");
            await DelayAsync(pause, stop);
        }
    }

    /// <summary>The exit code; null when it was told to stop before the program could be started.</summary>
    private async Task<int?> RunOnceAsync(CancellationToken stop)
    {
        var retry = new Client.Backoff(FirstRetry, LongestRetry);
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                var start = await PrepareAsync(stop);
                using var process = _process = ContainerProcess.Start(sandbox.Network.Namespace, start);
                return await FollowAsync(process, start, stop);
            }
            catch (ImageNotMappedException error)
            {
                var message = isFirst ? $"Failed to pull image \"{record.Spec.Image}\": {error.Message}" : $"Back-off pulling image \"{record.Spec.Image}\": {error.Message}";
                Refuse(isFirst ? "ErrImagePull" : "ImagePullBackOff", isFirst ? "Failed" : "BackOff", message);
            }
            catch (ContainerConfigException error)
            {
                Refuse("CreateContainerConfigError", "Failed", isFirst ? $"Error: {error.Message}" : error.Message);
            }
            catch (Exception error) when (error is NodeException or IOException or UnauthorizedAccessException)
            {
                Refuse("CreateContainerError", "Failed", $"Error: {error.Message}");
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return null;
            }

            if (!await DelayAsync(retry.Next(), stop))
            {
                return null;
            }
        }
    }

    private async Task<ContainerStart> PrepareAsync(CancellationToken stop)
    {
        try
        {
            return await sandbox.PrepareAsync(record.Spec, record.RestartCount, stop);
        }
        catch (Exception error) when (error is (NodeException and not ContainerConfigException) or Client.ApiException or HttpRequestException)
        {
            throw new ContainerConfigException(error.Message);
        }
    }

    private async Task<int> FollowAsync(ContainerProcess process, ContainerStart start, CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
        {
            // Whoever wanted it to end did so before there was a program to be told.
            process.Signal(ContainerProcess.SigKill);
        }

        var startedAt = services.Clock.GetUtcNow();
        record.Id = string.Create(CultureInfo.InvariantCulture, $"host://{process.ProcessId}-{startedAt.ToUnixTimeMilliseconds():x}");
        record.State = new ContainerState { Running = new ContainerStateRunning { StartedAt = startedAt } };
        Tell("Normal", "Started", $"Started container {record.Spec.Name}");
        if (process.UserRefusal is { } refusal && record.RestartCount == 0)
        {
            Tell("Warning", "SecurityContextNotApplied", $"securityContext ({start.User!.Fields}) of container {record.Spec.Name} is not applied: {refusal}");
        }

        changed();

        using var log = new ContainerLog(LogFolder, record.RestartCount, services.Clock);
        using var ended = new CancellationTokenSource();
        _actions.Begin(process, start);
        _outOfMemory = false;
        MountNamespace = process.MountNamespace;
        var running = _running = new RunningProgram(process, record.Spec);
        var copies = running.CopyAsync(log);
        var probes = ProbeAsync(process, ended.Token);
        var code = await process.WaitAsync(CancellationToken.None);
        process.EndRemaining();
        await ended.CancelAsync();
        await probes;
        // What the program started has been ended too, but a process of another container may hold its output open.
        await Task.WhenAny(copies, Task.Delay(TimeSpan.FromSeconds(1), services.Clock, CancellationToken.None));

        MountNamespace = null;
        _running = null;
        _process = null;
        record.End(code, startedAt, services.Clock.GetUtcNow(), _outOfMemory);
        changed();
        return code;
    }

    private async Task ProbeAsync(ContainerProcess process, CancellationToken ended)
    {
        try
        {
            await PostStartAsync(process, ended);
            _launched.TrySetResult();
            var probe = new ContainerProbe(_actions);
            var loop = new ProbeLoop(probe, record, services.Clock, changed, Unhealthy);
            void Restart(string name) => EndUnhealthy(process, name, ended);
            if (await loop.UntilStartedAsync(Restart, ended))
            {
                _started.TrySetResult();
                await loop.FollowAsync(Restart, ended);
            }
        }
        catch (OperationCanceledException)
        {
            // The program has ended.
        }
    }

    private async Task PostStartAsync(ContainerProcess process, CancellationToken ended)
    {
        if (record.Spec.Lifecycle?.PostStart is { } hook && await RunHookAsync(hook, process, ended) is { } reason)
        {
            Tell("Warning", "FailedPostStartHook", $"PostStartHook failed: {reason}");
            process.Signal(ContainerProcess.SigKill);
        }
    }

    private async Task<string?> RunHookAsync(LifecycleHandler hook, ContainerProcess process, CancellationToken cancellationToken)
    {
        try
        {
            return await _actions.RunAsync(hook, process, services.Clock, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return "it did not end in time";
        }
    }

    private void EndUnhealthy(ContainerProcess process, string probe, CancellationToken ended)
    {
        Tell("Normal", "Killing", $"Container {record.Spec.Name} failed {probe} probe, will be restarted");
        process.Signal(ContainerProcess.SigTerm);
        var grace = TimeSpan.FromSeconds(pod.Spec?.TerminationGracePeriodSeconds ?? 30);
        _ = EndAfterAsync();

        async Task EndAfterAsync()
        {
            if (await DelayAsync(grace, ended))
            {
                process.Signal(ContainerProcess.SigKill);
            }
        }
    }

    private void Unhealthy(string probe, string reason) => Tell("Warning", "Unhealthy", $"{probe} probe failed: {reason}");

    private void Refuse(string waiting, string reason, string message)
    {
        Wait(waiting, message);
        Tell("Warning", reason, message);
        Log.PodFailed(services.Logger, pod.Metadata.Namespace, pod.Metadata.Name, message);
    }

    private void Tell(string type, string reason, string message) =>
        services.Events.Record(pod, type, reason, message, $"spec.containers{{{record.Spec.Name}}}", node.Name);

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
