using System.Text.Json.Nodes;
using Mizzen.Client;
using Mizzen.Resources;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Node;

/// <summary>
/// Carries one pod from its binding to its end: network, volumes, init containers one after another, containers together, and at the
/// end a polite signal, then a certain one. Nothing of a pod outlives its worker.
/// </summary>
internal sealed class PodWorker : IDisposable
{
    private static readonly TimeSpan StatusPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan VolumePause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TokenPeriod = TimeSpan.FromMinutes(15);

    private readonly NodeServices _services;
    private readonly NodeIdentity _node;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly List<ContainerRecord> _records = [];
    private readonly List<ContainerRunner> _runners = [];
    private readonly DateTimeOffset _startTime;
    private Pod _pod;
    private PodSandbox? _sandbox;
    private bool _vanished;

    public PodWorker(NodeServices services, NodeIdentity node, Pod pod)
    {
        _services = services;
        _node = node;
        _pod = pod;
        _startTime = services.Clock.GetUtcNow();
        _records.AddRange((pod.Spec?.InitContainers ?? []).Select(container => new ContainerRecord(container, isInit: true)));
        _records.AddRange((pod.Spec?.Containers ?? []).Select(container => new ContainerRecord(container, isInit: false)));
    }

    /// <summary>Takes a newer version of the pod; one that is being deleted is stopped.</summary>
    public void Update(Pod pod)
    {
        _pod = pod;
        if (pod.Metadata.DeletionTimestamp is not null)
        {
            _stop.Cancel();
        }
    }

    /// <summary>The pod is gone from the API: end it without grace.</summary>
    public void Vanish()
    {
        _vanished = true;
        _stop.Cancel();
    }

    public async Task RunAsync()
    {
        using var publishing = new CancellationTokenSource();
        var publisher = PublishAsync(publishing.Token);
        var supervisors = Task.CompletedTask;
        try
        {
            _sandbox = PodSandbox.Create(_services, _node, _pod);
            await BuildVolumesAsync();
            supervisors = StartAsync();
            await Task.WhenAny(supervisors, RefreshTokensAsync());
            await supervisors;
        }
        catch (OperationCanceledException)
        {
            // Told to stop while still starting.
        }
        catch (Exception error) when (error is Netlink.NetlinkException or InvalidOperationException)
        {
            _services.Events.Record(_pod, _node.Name, "Warning", "FailedCreatePodSandBox", error.Message);
            Log.PodFailed(_services.Logger, _pod.Metadata.Namespace, _pod.Metadata.Name, error.Message);
        }

        Changed();
        await UntilStoppedAsync();
        await EndAsync(supervisors);
        await publishing.CancelAsync();
        await publisher;
        _sandbox?.Remove();
        await ReleaseAsync();
    }

    public void Dispose()
    {
        _stop.Dispose();
        _changed.Dispose();
    }

    private async Task StartAsync()
    {
        var running = new List<Task>();
        foreach (var record in _records)
        {
            var runner = new ContainerRunner(record, _sandbox!, _pod, _node, _services, Changed);
            _runners.Add(runner);
            var run = runner.RunAsync(_stop.Token);
            if (record is { IsInit: true, IsSidecar: false })
            {
                await run;
                if (record.ExitCode != 0)
                {
                    return;
                }
            }
            else
            {
                running.Add(run);
                if (record.IsSidecar)
                {
                    await Task.WhenAny(runner.Started, run);
                }
            }
        }

        await Task.WhenAll(running);
    }

    private async Task BuildVolumesAsync()
    {
        while (true)
        {
            try
            {
                await _sandbox!.BuildVolumesAsync(_stop.Token);
                return;
            }
            catch (Exception error) when (error is NodeException or ApiException or HttpRequestException or IOException)
            {
                _services.Events.Record(_pod, _node.Name, "Warning", "FailedMount", $"MountVolume.SetUp failed: {error.Message}");
                Log.PodFailed(_services.Logger, _pod.Metadata.Namespace, _pod.Metadata.Name, error.Message);
                await Task.Delay(VolumePause, _services.Clock, _stop.Token);
            }
        }
    }

    private async Task RefreshTokensAsync()
    {
        while (true)
        {
            await Task.Delay(TokenPeriod, _services.Clock, _stop.Token);
            try
            {
                await _sandbox!.Volumes.RefreshTokensAsync(_stop.Token);
            }
            catch (Exception error) when (error is ApiException or HttpRequestException)
            {
                Log.PodFailed(_services.Logger, _pod.Metadata.Namespace, _pod.Metadata.Name, error.Message);
            }
        }
    }

    private async Task UntilStoppedAsync()
    {
        var stopped = new TaskCompletionSource();
        await using var registration = _stop.Token.Register(stopped.SetResult);
        await stopped.Task;
    }

    private async Task EndAsync(Task supervisors)
    {
        if (_sandbox is null)
        {
            return;
        }

        var grace = _vanished ? TimeSpan.Zero : TimeSpan.FromSeconds(_pod.Metadata.DeletionGracePeriodSeconds ?? _pod.Spec?.TerminationGracePeriodSeconds ?? 30);
        if (grace > TimeSpan.Zero)
        {
            _runners.ForEach(runner => runner.Signal(ContainerProcess.SigTerm));
            await Task.WhenAny(Settled(supervisors), Task.Delay(grace, _services.Clock));
        }

        foreach (var process in ContainerProcess.ProcessesIn(_sandbox.Network.Namespace))
        {
            ContainerProcess.Signal(process, ContainerProcess.SigKill);
        }

        await Settled(supervisors);
    }

    private static async Task Settled(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException)
        {
            // It was told to stop.
        }
    }

    private async Task ReleaseAsync()
    {
        if (_vanished)
        {
            return;
        }

        try
        {
            var options = new DeleteOptions { GracePeriodSeconds = 0, Preconditions = new Preconditions { Uid = _pod.Metadata.Uid } };
            await _services.Client.DeleteAsync<Pod>(_pod.Metadata.Namespace, _pod.Metadata.Name!, options, CancellationToken.None);
        }
        catch (Exception error) when (error is ApiException or HttpRequestException)
        {
            Log.StatusFailed(_services.Logger, _pod.Metadata.Namespace, _pod.Metadata.Name, error.Message);
        }
    }

    private void Changed()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // One signal is enough: the status is built from everything that is known then.
        }
    }

    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        Changed();
        try
        {
            while (true)
            {
                await _changed.WaitAsync(cancellationToken);
                await Task.Delay(StatusPause, _services.Clock, cancellationToken);
                await WriteStatusAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The pod has ended.
        }
    }

    private async Task WriteStatusAsync(CancellationToken cancellationToken)
    {
        var status = PodStatusBuilder.Build(_pod, _records, _sandbox?.Facts, _startTime, _services.Clock.GetUtcNow());
        try
        {
            var patch = new JsonObject { ["status"] = ResourceJson.ToNode(status) };
            _pod = await _services.Client.PatchAsync<Pod>(
                _pod.Metadata.Namespace, _pod.Metadata.Name!, PatchType.Merge, patch, "status", cancellationToken);
        }
        catch (Exception error) when (error is ApiException or HttpRequestException)
        {
            if (error is ApiException { IsNotFound: true })
            {
                return;
            }

            Log.StatusFailed(_services.Logger, _pod.Metadata.Namespace, _pod.Metadata.Name, error.Message);
            await Task.Delay(VolumePause, _services.Clock, cancellationToken);
            Changed();
        }
    }
}
