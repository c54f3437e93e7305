using System.Threading.Channels;
using Envoy.Service.Discovery.V3;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Mizzen.ControlPlane.Metrics;
using Mizzen.ControlPlane.Model;
using Mizzen.Xds.Sessions;

namespace Mizzen.ControlPlane.Push;

/// <summary>
/// One proxy's stream. Everything happens on one task, so that changes which come while a slow proxy is written to are merged: it always
/// gets the newest mesh.
/// </summary>
/// <param name="id">How the connection is called.</param>
/// <param name="view">Who asks.</param>
/// <param name="proxyVersion">The version of its program.</param>
/// <param name="isDelta">Whether pushes may come in parts: a state-of-the-world response holds everything.</param>
/// <param name="configuration">What it is to have.</param>
/// <param name="metrics">Counts pushes and refusals.</param>
/// <param name="logger">Told of them.</param>
/// <param name="clock">Dates versions.</param>
/// <param name="report">Takes what the proxy says of its workload's health: what is wrong, or null.</param>
internal sealed class ProxyConnection(
    string id, ProxyView view, string proxyVersion, bool isDelta, ProxyConfiguration configuration, PilotMetrics metrics, ILogger logger, TimeProvider clock,
    Func<string?, CancellationToken, Task> report)
{
    private const int MostUnreadRequests = 64;
    private const long MostBytesOfPush = 256 * 1024;

    private readonly Channel<DeltaDiscoveryRequest?> _inbox = Channel.CreateBounded<DeltaDiscoveryRequest?>(MostUnreadRequests);
    private readonly DeltaSession _session = new(isDelta ? MostBytesOfPush : long.MaxValue);
    private readonly Lock _lock = new();
    private long _version;
    private long _answeredVersion;

    /// <summary>Tells that the proxy has answered everything that it was sent of a newer mesh.</summary>
    public event Action? Answered;

    /// <summary>Tells that the proxy has refused something, or has taken what it had refused.</summary>
    public event Action? RefusalsChanged;

    public string Id => id;

    public ProxyView View => view;

    public string ProxyVersion => proxyVersion;

    public DateTimeOffset ConnectedAt { get; } = clock.GetUtcNow();

    /// <summary>How far the proxy is, by type.</summary>
    public IReadOnlyList<TypeProgress> Progress
    {
        get
        {
            lock (_lock)
            {
                return [.. _session.Progress];
            }
        }
    }

    /// <summary>The version of the mesh that the proxy was last sent.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>The newest version of the mesh of which the proxy has answered everything that it was sent: taken or refused.</summary>
    public long AnsweredVersion => Volatile.Read(ref _answeredVersion);

    /// <summary>Says that there is a newer mesh; a full inbox will look for it by itself.</summary>
    public void Wake() => _inbox.Writer.TryWrite(null);

    /// <summary>Serves the stream until the proxy leaves or it is cancelled.</summary>
    public async Task RunAsync(
        DeltaDiscoveryRequest first,
        IAsyncStreamReader<DeltaDiscoveryRequest> requests,
        IServerStreamWriter<DeltaDiscoveryResponse> responses,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await _inbox.Writer.WriteAsync(first, stop.Token);
        var reading = ReadAsync(requests, stop.Token);
        try
        {
            await foreach (var request in _inbox.Reader.ReadAllAsync(stop.Token))
            {
                if (request?.TypeUrl == ResourceTypes.Health)
                {
                    await report(request.ErrorDetail?.Message, stop.Token);
                }
                else if (request is not null)
                {
                    await WriteAsync(Receive(request), responses, stop.Token);
                }

                await UpdateAsync(responses, stop.Token);
                NoteAnswers();
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
        }
    }

    private async Task ReadAsync(IAsyncStreamReader<DeltaDiscoveryRequest> requests, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var request in requests.ReadAllAsync(cancellationToken))
            {
                await _inbox.Writer.WriteAsync(request, cancellationToken);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or RpcException)
        {
            Log.StreamBroke(logger, id, error.Message);
        }

        _inbox.Writer.TryComplete();
    }

    private IReadOnlyList<DeltaDiscoveryResponse> Receive(DeltaDiscoveryRequest request)
    {
        var before = RefusalCount();
        IReadOnlyList<DeltaDiscoveryResponse> responses;
        lock (_lock)
        {
            responses = _session.Receive(request);
        }

        if (request.ErrorDetail is { } error)
        {
            var type = ResourceTypes.ShortName(request.TypeUrl);
            metrics.Count("pilot_total_xds_rejects", $"type=\"{type.ToLowerInvariant()}\"");
            Log.Refused(logger, id, type, error.Message);
        }

        if (request.ErrorDetail is not null || RefusalCount() != before)
        {
            RefusalsChanged?.Invoke();
        }

        return responses;
    }

    private void NoteAnswers()
    {
        bool isAnswered;
        lock (_lock)
        {
            isAnswered = _session.IsAnswered;
        }

        if (isAnswered && _answeredVersion != _version)
        {
            Volatile.Write(ref _answeredVersion, _version);
            Answered?.Invoke();
        }
    }

    private int RefusalCount()
    {
        lock (_lock)
        {
            return _session.RefusalCount;
        }
    }

    private async Task UpdateAsync(IServerStreamWriter<DeltaDiscoveryResponse> responses, CancellationToken cancellationToken)
    {
        while (configuration.Version != _version)
        {
            var (wanted, version) = await configuration.ForAsync(view, cancellationToken);
            IReadOnlyList<DeltaDiscoveryResponse> changes;
            lock (_lock)
            {
                changes = _session.Want(wanted);
            }

            Volatile.Write(ref _version, version);
            await WriteAsync(changes, responses, cancellationToken);
            metrics.Converged(configuration.Age);
            configuration.Served(version);
        }
    }

    private async Task WriteAsync(
        IReadOnlyList<DeltaDiscoveryResponse> changes, IServerStreamWriter<DeltaDiscoveryResponse> responses, CancellationToken cancellationToken)
    {
        foreach (var response in changes)
        {
            var type = ResourceTypes.ShortName(response.TypeUrl);
            response.SystemVersionInfo = $"{clock.GetUtcNow():O}/{_version}";
            metrics.Count("pilot_xds_pushes", $"type=\"{type.ToLowerInvariant()}\"");
            Log.Pushed(logger, type, id, response.Resources.Count, response.RemovedResources.Count, _version);
            await configuration.Throttle.RunAsync(() => responses.WriteAsync(response, cancellationToken), cancellationToken);
        }
    }
}
