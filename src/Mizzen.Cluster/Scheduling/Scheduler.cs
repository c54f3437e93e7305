using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.Events;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Scheduling;

/// <summary>Gives pods their nodes: decides one after another on one view of the cluster, and binds without waiting for each.</summary>
internal sealed class Scheduler
{
    private const string Name = "default-scheduler";
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly ResourceClient _client;
    private readonly SchedulerInputs _inputs;
    private readonly EventSink _events;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly PendingPods _pending = new();
    private readonly ConcurrentDictionary<string, Pod> _assumed = new();
    private readonly ConcurrentDictionary<string, Backoff> _failures = new();

    public Scheduler(ResourceClient client, SchedulerInputs inputs, EventSink events, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _inputs = inputs;
        _events = events;
        _logger = logger;
        _clock = clock;
        inputs.Pods.Changed += TakePod;
        inputs.Nodes.Changed += TakeNode;
        inputs.Namespaces.Changed += _ => _pending.Reconsider();
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _inputs.WaitForSyncAsync(cancellationToken);
        while (true)
        {
            await PlaceAsync(await _pending.TakeAsync(cancellationToken), cancellationToken);
        }
    }

    private static bool IsOurs(Pod pod) =>
        string.IsNullOrEmpty(pod.Spec?.NodeName)
        && pod.Spec?.SchedulerName is null or "" or Name
        && pod.Metadata.DeletionTimestamp is null
        && pod.Spec?.SchedulingGates is not { Count: > 0 };

    private static bool IsFinished(Pod pod) => pod.Status?.Phase is "Succeeded" or "Failed";

    private void TakePod(InformerChange<Pod> change)
    {
        var uid = change.Object.Metadata.Uid ?? "";
        if (change.New is { } pod && IsOurs(pod))
        {
            if (!_assumed.ContainsKey(uid) && !HasOnlyNewStatus(change))
            {
                _pending.Add(pod);
            }

            return;
        }

        _pending.Remove(change.Object);
        _assumed.TryRemove(uid, out _);
        _failures.TryRemove(uid, out _);
        if (ChangesTheView(change))
        {
            _pending.Reconsider();
        }
    }

    // Being told why there is no place for it is no reason to look again.
    private static bool HasOnlyNewStatus(InformerChange<Pod> change) =>
        change.Old is { } old && change.New is { } now
        && old.Metadata.Generation == now.Metadata.Generation
        && old.Metadata.Labels.SameAs(now.Metadata.Labels)
        && old.Spec?.SchedulingGates?.Count == now.Spec?.SchedulingGates?.Count
        && old.Metadata.Uid == now.Metadata.Uid
        && Scheduled(now) is not null;

    // Room appears when pods go; company appears when they come or change their labels.
    private static bool ChangesTheView(InformerChange<Pod> change) =>
        change.Old is null
        || change.New is null
        || IsFinished(change.Old) != IsFinished(change.New)
        || change.Old.Spec?.NodeName != change.New.Spec?.NodeName
        || !change.Old.Metadata.Labels.SameAs(change.New.Metadata.Labels);

    private void TakeNode(InformerChange<NodeResource> change) => _pending.Reconsider();

    private async Task PlaceAsync(IReadOnlyList<Pod> pods, CancellationToken cancellationToken)
    {
        var view = Look();
        foreach (var pod in pods)
        {
            if (_inputs.Pods.Find(pod.Metadata.Namespace, pod.Metadata.Name ?? "") is not { } current || current.Metadata.Uid != pod.Metadata.Uid || !IsOurs(current))
            {
                continue;
            }

            var decision = SchedulingDecision.Decide(view, current);
            if (decision.Node is { } node)
            {
                var placed = current with { Spec = current.Spec! with { NodeName = node } };
                _assumed[current.Metadata.Uid ?? ""] = placed;
                view.Place(placed);
                _ = BindAsync(placed, node, cancellationToken);
            }
            else
            {
                _pending.Park(current);
                await ExplainAsync(current, decision.Message!, cancellationToken);
            }
        }
    }

    private SchedulingView Look()
    {
        // Assumptions first: one that comes true in between is then counted from the one or the other, never from neither.
        var assumed = _assumed.ToDictionary();
        var placed = _inputs.Pods.Items.Where(pod => !IsFinished(pod) && !assumed.ContainsKey(pod.Metadata.Uid ?? "")).Concat(assumed.Values);
        return new SchedulingView(_inputs.Nodes.Items, placed, _inputs.Namespaces.Items, _inputs.Services.Items, _inputs.ReplicaSets.Items);
    }

    private async Task BindAsync(Pod pod, string node, CancellationToken cancellationToken)
    {
        var binding = new Binding
        {
            ApiVersion = "v1",
            Kind = "Binding",
            Metadata = new ObjectMeta { Namespace = pod.Metadata.Namespace, Name = pod.Metadata.Name, Uid = pod.Metadata.Uid },
            Target = new ObjectReference { Kind = "Node", Name = node },
        };
        try
        {
            await _client.PostAsync<Pod, Status>(pod.Metadata.Namespace, pod.Metadata.Name!, "binding", binding, cancellationToken);
            _events.Normal(pod, "Scheduled", $"Successfully assigned {pod.Metadata.Namespace}/{pod.Metadata.Name} to {node}");
        }
        catch (Exception error) when (error is ApiException or HttpRequestException or IOException)
        {
            await TryLaterAsync(pod, error, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The pod keeps waiting for whoever schedules next.
        }
    }

    private async Task TryLaterAsync(Pod pod, Exception error, CancellationToken cancellationToken)
    {
        var uid = pod.Metadata.Uid ?? "";
        _assumed.TryRemove(uid, out _);
        if (_inputs.Pods.Find(pod.Metadata.Namespace, pod.Metadata.Name!) is not { } current || !IsOurs(current) || error is ApiException { IsNotFound: true })
        {
            return;
        }

        Log.BindingFailed(_logger, pod.Metadata.Namespace, pod.Metadata.Name, error.Message);
        var pause = _failures.GetOrAdd(uid, _ => new Backoff(FirstPause, LongestPause)).Next();
        await Task.Delay(pause, _clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _pending.Add(current);
    }

    private static Condition? Scheduled(Pod pod) => pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "PodScheduled");

    private async Task ExplainAsync(Pod pod, string message, CancellationToken cancellationToken)
    {
        var before = Scheduled(pod);
        if (before?.Message == message)
        {
            return;
        }

        _events.Warning(pod, "FailedScheduling", message);
        var condition = new Condition
        {
            Type = "PodScheduled",
            Status = "False",
            Reason = "Unschedulable",
            Message = message,
            LastTransitionTime = before?.Status == "False" ? before.LastTransitionTime : _clock.GetUtcNow(),
        };
        var status = (pod.Status ?? new PodStatus()) with
        {
            Conditions = [.. (pod.Status?.Conditions ?? []).Where(other => other.Type != "PodScheduled"), condition],
        };
        try
        {
            await _client.ReplaceStatusAsync(pod with { Status = status }, cancellationToken);
        }
        catch (Exception error) when (error is ApiException or HttpRequestException or IOException)
        {
            // The pod waits all the same; only its explanation is late.
            Log.StatusFailed(_logger, pod.Metadata.Namespace, pod.Metadata.Name, error.Message);
        }
    }
}
