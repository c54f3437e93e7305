using System.Net.Sockets;
using System.Text.Json.Nodes;
using Mizzen.Client;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Node;

/// <summary>
/// Carries one pod from its binding to its end: network, volumes, init containers one after another, containers together, and at the
/// end a polite signal, then a certain one. Nothing of a pod outlives its worker.
/// </summary>
internal sealed class PodWorker : IDisposable
{
    private static readonly TimeSpan StatusPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WritePause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestReleasePause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TokenPeriod = TimeSpan.FromMinutes(15);

    private readonly NodeServices _services;
    private readonly NodeIdentity _node;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _kill = new();
    private readonly CancellationTokenSource _appsDone = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly SemaphoreSlim _volumesChanged = new(0, 1);
    private readonly Lock _lock = new();
    private readonly List<ContainerRecord> _records = [];
    private readonly List<(ContainerRunner Runner, Task Run)> _runs = [];
    private readonly DateTimeOffset _startTime;
    private Pod _pod;
    private PodStatus? _written;
    private PodSandbox? _sandbox;
    private bool _tokensAreOld;
    private Task _following = Task.CompletedTask;
    private bool _disposed;

    public PodWorker(NodeServices services, NodeIdentity node, Pod pod)
    {
        _services = services;
        _node = node;
        _pod = pod;
        _startTime = services.Clock.GetUtcNow();
        var inits = pod.Spec?.InitContainers ?? [];
        _records.AddRange(inits.Select(container => new ContainerRecord(container, isInit: true)));
        _records.AddRange((pod.Spec?.Containers ?? []).Select(container => new ContainerRecord(container, isInit: false, waitsForInit: inits.Count > 0)));
    }

    private TimeSpan Grace => TimeSpan.FromSeconds(_pod.Metadata.DeletionGracePeriodSeconds ?? _pod.Spec?.TerminationGracePeriodSeconds ?? 30);

    /// <summary>Takes a newer version of the pod; one that is being deleted is stopped.</summary>
    public void Update(Pod pod)
    {
        var hasNewFacts = MountedConfiguration.ShowsFacts(pod) && !ShownOf(pod).SequenceEqual(ShownOf(_pod));
        _pod = pod;
        if (hasNewFacts)
        {
            Signal(_volumesChanged);
        }

        if (pod.Metadata.DeletionTimestamp is not null)
        {
            Cancel(_stop);
        }
    }

    /// <summary>A ConfigMap or a Secret has changed.</summary>
    public void Update(ResourceKind kind, ObjectMeta metadata)
    {
        if (MountedConfiguration.IsMounted(_pod, kind, metadata))
        {
            Signal(_volumesChanged);
        }
    }

    /// <summary>The pod is gone from the API: end it without grace.</summary>
    public void Vanish()
    {
        Cancel(_kill);
        Cancel(_stop);
    }

    /// <summary>The container of a name; null when it has not been started yet.</summary>
    public ContainerRunner? Find(string container)
    {
        lock (_lock)
        {
            return _runs.Find(run => run.Runner.Record.Spec.Name == container).Runner;
        }
    }

    /// <summary>Its containers that have been started.</summary>
    public IReadOnlyList<ContainerRunner> Containers()
    {
        lock (_lock)
        {
            return [.. _runs.Select(run => run.Runner)];
        }
    }

    /// <summary>What its containers use, by what every mount namespace uses.</summary>
    public PodUsage Usage(IReadOnlyDictionary<string, (double Cores, long Memory)> usage)
    {
        lock (_lock)
        {
            var running = _runs.Select(run => (run.Runner.Record.Spec.Name, run.Runner.MountNamespace));
            return new PodUsage(
                _pod.Metadata.Uid!,
                _node.Name,
                [
                    .. running.Where(container => container.MountNamespace is { } mounts && usage.ContainsKey(mounts))
                        .Select(container => new ContainerUsage(container.Name, usage[container.MountNamespace!].Cores, usage[container.MountNamespace!].Memory)),
                ]);
        }
    }

    /// <summary>Connects to a port of the pod's loopback interface; null when the pod has no network yet.</summary>
    public ValueTask<Socket>? ConnectAsync(int port, CancellationToken cancellationToken) =>
        _sandbox?.Network.DialLoopbackAsync(port, cancellationToken);

    public async Task RunAsync()
    {
        using var publishing = new CancellationTokenSource();
        var publisher = PublishAsync(publishing.Token);
        var starting = StartAsync();
        await UntilStoppedAsync();
        await EndAsync();
        await Settled(starting);
        await Settled(_following);
        await publishing.CancelAsync();
        await publisher;
        _sandbox?.Remove();
        await ReleaseAsync();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _stop.Dispose();
            _kill.Dispose();
            _appsDone.Dispose();
            _changed.Dispose();
            _volumesChanged.Dispose();
        }
    }

    // The informer may tell of a pod whose worker has just ended.
    private void Cancel(CancellationTokenSource source)
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _ = source.CancelAsync();
            }
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> ShownOf(Pod pod) =>
        (pod.Metadata.Labels ?? new Dictionary<string, string>()).Concat(pod.Metadata.Annotations ?? new Dictionary<string, string>());

    private async Task StartAsync()
    {
        try
        {
            await CreateSandboxAsync();
            await BuildVolumesAsync();
            if (await StartContainersAsync())
            {
                var apps = _runs.Where(run => !run.Runner.Record.IsInit).Select(run => run.Run);
                await Task.WhenAny(Task.WhenAll(apps), RenewTokensAsync(), _following = FollowVolumesAsync());
            }

            _stop.Token.ThrowIfCancellationRequested();
            await EndSidecarsAsync();
        }
        catch (OperationCanceledException)
        {
            // Told to stop while still starting.
        }
        finally
        {
            Changed();
        }
    }

    private async Task CreateSandboxAsync()
    {
        var pauses = new Backoff(FirstPause, LongestPause);
        while (_sandbox is null)
        {
            _stop.Token.ThrowIfCancellationRequested();
            try
            {
                _sandbox = PodSandbox.Create(_services, _node, _pod);
                Changed();
            }
            catch (Exception error) when (error is Netlink.NetlinkException or InvalidOperationException)
            {
                Tell("FailedCreatePodSandBox", $"Failed to create pod sandbox: {error.Message}");
                await Task.Delay(pauses.Next(), _services.Clock, _stop.Token);
            }
        }
    }

    /// <summary>False when an init container has failed for good: the others never start.</summary>
    private async Task<bool> StartContainersAsync()
    {
        foreach (var record in _records)
        {
            _stop.Token.ThrowIfCancellationRequested();
            var runner = new ContainerRunner(record, _sandbox!, _pod, _node, _services, Changed);
            var run = runner.RunAsync(record.IsSidecar ? _appsDone.Token : _stop.Token);
            lock (_lock)
            {
                _runs.Add((runner, run));
            }

            if (record is { IsInit: true, IsSidecar: false })
            {
                await run;
                if (record.ExitCode != 0)
                {
                    return false;
                }
            }
            else
            {
                await UntilNextMayStartAsync(record, runner, run);
            }
        }

        return true;
    }

    private static async Task UntilNextMayStartAsync(ContainerRecord record, ContainerRunner runner, Task run)
    {
        if (record.IsSidecar)
        {
            await Task.WhenAny(runner.Started, run);
        }
        else if (record.Spec.Lifecycle?.PostStart is not null)
        {
            await Task.WhenAny(runner.Launched, run);
        }
    }

    private async Task BuildVolumesAsync()
    {
        var pauses = new Backoff(FirstPause, LongestPause);
        while (true)
        {
            try
            {
                await _sandbox!.BuildVolumesAsync(_pod, renewTokens: false, _stop.Token);
                return;
            }
            catch (Exception error) when (error is NodeException or ApiException or HttpRequestException or IOException)
            {
                Tell("FailedMount", $"MountVolume.SetUp failed: {error.Message}");
                await Task.Delay(pauses.Next(), _services.Clock, _stop.Token);
            }
        }
    }

    private async Task RenewTokensAsync()
    {
        while (true)
        {
            await Task.Delay(TokenPeriod, _services.Clock, _stop.Token);
            _tokensAreOld = true;
            Signal(_volumesChanged);
        }
    }

    // What is mounted stays as it is when its source is gone or cannot be read.
    private async Task FollowVolumesAsync()
    {
        while (true)
        {
            await _volumesChanged.WaitAsync(_stop.Token);
            try
            {
                await _sandbox!.BuildVolumesAsync(_pod, Interlocked.Exchange(ref _tokensAreOld, false), _stop.Token);
            }
            catch (Exception error) when (error is NodeException or ApiException or HttpRequestException or IOException)
            {
                Log.PodFailed(_services.Logger, _pod.Metadata.Namespace, _pod.Metadata.Name, error.Message);
            }
        }
    }

    private async Task UntilStoppedAsync()
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = _stop.Token.Register(stopped.SetResult);
        await stopped.Task;
    }

    // Apps first, then the sidecars that they may still need; whoever is left when the grace is over is ended.
    private async Task EndAsync()
    {
        using var enough = new CancellationTokenSource(Grace, _services.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, _kill.Token);
        await EndAsync(run => !run.Record.IsSidecar, either.Token);
        await EndSidecarsAsync(either.Token);
        if (_sandbox is not null)
        {
            ContainerProcess.EndAll(_sandbox.Network.Namespace);
        }
    }

    private async Task EndSidecarsAsync(CancellationToken? enough = null)
    {
        using var grace = new CancellationTokenSource(Grace, _services.Clock);
        await _appsDone.CancelAsync();
        await EndAsync(run => run.Record.IsSidecar, enough ?? grace.Token);
    }

    private async Task EndAsync(Func<ContainerRunner, bool> which, CancellationToken enough)
    {
        List<(ContainerRunner Runner, Task Run)> runs;
        lock (_lock)
        {
            runs = _runs.FindAll(run => which(run.Runner));
        }

        var ended = Settled(Task.WhenAll(runs.Select(run => run.Run)));
        if (!enough.IsCancellationRequested)
        {
            _ = Task.WhenAll(runs.Select(run => run.Runner.AskToEndAsync(enough)));
            await Task.WhenAny(ended, Settled(Task.Delay(Timeout.InfiniteTimeSpan, _services.Clock, enough)));
        }

        runs.ForEach(run => run.Runner.Kill());
        await ended;
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
        var pause = new Backoff(StatusPause, LongestReleasePause);
        while (!_kill.IsCancellationRequested)
        {
            try
            {
                var options = new DeleteOptions { GracePeriodSeconds = 0, Preconditions = new Preconditions { Uid = _pod.Metadata.Uid } };
                await _services.Client.DeleteAsync<Pod>(_pod.Metadata.Namespace, _pod.Metadata.Name!, options, CancellationToken.None);
                return;
            }
            catch (ApiException error) when (error.Code is >= 400 and < 500)
            {
                // Somebody else's pod stands there now.
                Log.StatusFailed(_services.Logger, _pod.Metadata.Namespace, _pod.Metadata.Name, error.Message);
                return;
            }
            catch (Exception error) when (error is ApiException or HttpRequestException)
            {
                Log.StatusFailed(_services.Logger, _pod.Metadata.Namespace, _pod.Metadata.Name, error.Message);
                await Task.Delay(pause.Next(), _services.Clock);
            }
        }
    }

    private void Tell(string reason, string message)
    {
        _services.Events.Record(_pod, "Warning", reason, message, null, _node.Name);
        Log.PodFailed(_services.Logger, _pod.Metadata.Namespace, _pod.Metadata.Name, message);
    }

    private void Changed() => Signal(_changed);

    // The informers may tell of a pod whose worker has just ended.
    private void Signal(SemaphoreSlim signal)
    {
        lock (_lock)
        {
            // One signal is enough: whoever waits looks at everything that is known then.
            if (!_disposed && signal.CurrentCount == 0)
            {
                signal.Release();
            }
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
        if (_kill.IsCancellationRequested)
        {
            // Nobody is left to tell it to, or nobody who could tell it.
            return;
        }

        var status = PodStatusBuilder.Build(_pod, _written ?? _pod.Status, _records, _sandbox?.Facts, _startTime, _services.Clock.GetUtcNow());
        try
        {
            var patch = new JsonObject { ["status"] = ResourceJson.ToNode(status) };
            await _services.Client.PatchAsync<Pod>(
                _pod.Metadata.Namespace, _pod.Metadata.Name!, PatchType.Merge, patch, "status", cancellationToken);
            _written = status;
        }
        catch (Exception error) when (error is ApiException or HttpRequestException)
        {
            if (error is ApiException { IsNotFound: true })
            {
                return;
            }

            Log.StatusFailed(_services.Logger, _pod.Metadata.Namespace, _pod.Metadata.Name, error.Message);
            await Task.Delay(WritePause, _services.Clock, cancellationToken);
            Changed();
        }
    }
}
