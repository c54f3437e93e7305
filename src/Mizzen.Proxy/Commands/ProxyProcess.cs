using System.Net;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Mizzen.Proxy.Admin;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Filters;
using Mizzen.Proxy.Handover;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Observation;
using Mizzen.Proxy.Observation.AccessLogs;
using Mizzen.Proxy.Observation.Metrics;
using Mizzen.Proxy.Overload;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Serving;

namespace Mizzen.Proxy.Commands;

/// <summary>What one proxy process is made of.</summary>
internal sealed record ProxyProcessOptions
{
    /// <summary>Loops; 0 for as many as there are processors.</summary>
    public int Concurrency { get; init; }

    /// <summary>How long open connections may take to end.</summary>
    public required TimeSpan DrainDuration { get; init; }

    /// <summary>How long connections may stay whose listener the configuration has no more.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Listening sockets of an older process to go on with.</summary>
    public InheritedSockets Inherited { get; init; } = new();

    /// <summary>What the process may take on.</summary>
    public OverloadModel Overload { get; init; } = OverloadModel.None;

    /// <summary>The workload, for the labels of metrics.</summary>
    public WorkloadIdentity Workload { get; init; } = WorkloadIdentity.Unknown;

    /// <summary>What peers are told.</summary>
    public PeerIdentity Peer { get; init; } = PeerIdentity.None;

    /// <summary>Lines about the program and its configuration (Istio's agent).</summary>
    public required LogOutput Log { get; init; }

    /// <summary>Lines about traffic and listeners (Istio's Envoy).</summary>
    public required LogOutput EngineLog { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>The engine with its observers and its state, from the first configuration to the last connection.</summary>
internal sealed class ProxyProcess : IConfigurationSink, IHandoverSource, IAsyncDisposable
{
    // Its number on Linux; the runtime has no name for it.
    private const PosixSignal User1 = (PosixSignal)10;
    private const long WorthTidying = 512 * 1024;
    private static readonly TimeSpan QuietBeforeTidying = TimeSpan.FromSeconds(2);

    private readonly ProxyProcessOptions _options;
    private readonly Logger _log;
    private readonly AccessLogSink _accessLogs;
    private readonly Engine _engine;
    private readonly TaskCompletionSource<string> _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _tidying;
    private readonly OverloadWatch? _overload;
    private long _tidyBytes;
    private bool _wasReady;
    private bool _isReplaced;

    public ProxyProcess(ProxyProcessOptions options)
    {
        _options = options;
        _log = options.Log.For("proxy");
        var metrics = new MetricsRegistry();
        _accessLogs = new AccessLogSink(options.Log.For("accesslog"), metrics.Add);
        var overload = new OverloadState(options.Overload.MaxConnections);
        _engine = new Engine(new EngineOptions
        {
            Loops = options.Concurrency,
            Observer = _ => new TrafficObserver(metrics, _accessLogs, options.Workload, System.Text.Encoding.UTF8.GetString(options.Peer.Id)),
            Log = options.EngineLog.For("engine"),
            Clock = options.Clock,
            Identity = options.Peer,
            Overload = overload,
            DrainTime = options.DrainTime,
            Inherited = options.Inherited,
        });
        State = new ProxyState(
            ProgramVersion.Text, System.Text.Encoding.UTF8.GetString(options.Peer.Id), Environment.CommandLine, metrics, options.Clock)
        {
            SetLogLevel = level => options.Log.Minimum = options.EngineLog.Minimum = level,
            AddressOf = _engine.AddressOf,
            VerdictOf = _engine.VerdictOf,
            ReopenLogs = _accessLogs.Reopen,
            Quit = () => _stop.TrySetResult("a request to quit"),
        };
        _tidying = options.Clock.CreateTimer(_ => Tidy(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _overload = options.Overload == OverloadModel.None ? null : new OverloadWatch(
            options.Overload,
            overload,
            ProcessMemory.Read,
            metrics.Set,
            options.Clock,
            options.Log.For("overload"));
        _engine.Start();
    }

    public ProxyState State { get; }

    /// <summary>Serves a handler on a port of its own.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public IPEndPoint Serve(IPEndPoint address, IAdminHandler handler) => _engine.ServeAdmin(address, handler);

    /// <inheritdoc/>
    public void Publish(ProxySnapshot snapshot, IReadOnlyList<(string TypeUrl, string Name, IMessage Message)> messages)
    {
        _engine.Publish(snapshot);
        State.Messages = messages;
        State.Snapshot = snapshot;
        State.ListenerFailures = [.. _engine.ListenerFailures.Select(failure => $"{failure.Key}: {failure.Value}")];
        State.ListenersStand = _engine.ListenerFailures.Count == 0;
        if (!_wasReady && State.NotReadyBecause() is null)
        {
            _wasReady = true;
            var up = State.Uptime.TotalMilliseconds;
            _log.Info($"ready after {up:0} ms: {snapshot.Listeners.Count} listeners, {snapshot.Clusters.Count} clusters");
        }

        _ = _tidying.Change(QuietBeforeTidying, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Refuse(string reasons)
    {
        State.LastRefusal = reasons;
        State.Refusals++;
    }

    /// <summary>Serves until SIGTERM, SIGINT or a request to quit, then lets connections end. A second signal ends the process at once.</summary>
    public async Task RunAsync(Func<CancellationToken, Task> control)
    {
        using var stopped = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var rotated = PosixSignalRegistration.Create(User1, context =>
        {
            context.Cancel = true;
            _accessLogs.Reopen();
        });
        var running = control(stopped.Token);
        // The control thread ends by itself only when something is wrong with it.
        var first = await Task.WhenAny(running, _stop.Task);
        if (first == _stop.Task)
        {
            await DrainAsync(await _stop.Task);
        }

        await stopped.CancelAsync();
        try
        {
            await running;
        }
        catch (OperationCanceledException) when (first != running)
        {
            _log.Debug("the control thread stopped");
        }
    }

    /// <summary>Closes listening sockets of the older process where this one's configuration does not listen.</summary>
    public void CloseUnusedSockets() => _options.Inherited.CloseRest();

    /// <inheritdoc/>
    public Task<IReadOnlyList<(string Binding, int Socket)>> CopySocketsAsync() => _engine.CopySocketsAsync();

    /// <inheritdoc/>
    public Task StopListeningAsync() => _engine.StopListeningAsync();

    /// <inheritdoc/>
    public void Leave()
    {
        _isReplaced = true;
        _ = _stop.TrySetResult("another process has taken over");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _tidying.DisposeAsync();
        _overload?.Dispose();
        // Loops hand over their last counts and lines when they end.
        await _engine.DisposeAsync();
        await _accessLogs.DisposeAsync();
    }

    // What reading configuration has left behind is given back when no more of it comes: collecting by itself, the runtime would wait for
    // megabytes, and a sidecar stands beside every application.
    private void Tidy()
    {
        if (GC.GetTotalMemory(forceFullCollection: false) - _tidyBytes > WorthTidying)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _tidyBytes = GC.GetTotalMemory(forceFullCollection: false);
        }
    }

    private async Task DrainAsync(string reason)
    {
        State.IsDraining = true;
        if (_isReplaced)
        {
            _log.Info($"{reason}: connections may take {_options.DrainTime.TotalSeconds:0.#} s to end");
            await _engine.RetireAsync(_options.DrainTime);
            return;
        }

        _log.Info($"{reason}: draining for {_options.DrainDuration.TotalSeconds:0.#} s at most");
        await _engine.DrainAsync(_options.DrainDuration);
        var left = await _engine.ActiveAsync();
        _log.Info(left == 0 ? "drained" : $"{left} exchanges and connections are cut off");
    }

    private void OnSignal(PosixSignalContext context)
    {
        // The first signal drains; a second finds nobody who would stop it.
        context.Cancel = _stop.TrySetResult(context.Signal.ToString());
    }
}
