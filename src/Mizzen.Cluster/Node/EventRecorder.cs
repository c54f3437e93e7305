using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Node;

/// <summary>Writes events about pods without making their workers wait: events are told when there is time, and lost rather than in the way.</summary>
internal sealed class EventRecorder(ResourceClient client, ILogger logger, TimeProvider clock)
{
    private const int Backlog = 1000;

    private readonly Channel<Event> _events = Channel.CreateBounded<Event>(
        new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest });

    private int _last;

    public void Record(Pod pod, string node, string type, string reason, string message, string? container = null)
    {
        var now = clock.GetUtcNow();
        _events.Writer.TryWrite(new Event
        {
            Metadata = new ObjectMeta
            {
                Namespace = pod.Metadata.Namespace,
                Name = $"{pod.Metadata.Name}.{now.UtcTicks + Interlocked.Increment(ref _last):x}",
            },
            InvolvedObject = new ObjectReference
            {
                ApiVersion = "v1",
                Kind = "Pod",
                Namespace = pod.Metadata.Namespace,
                Name = pod.Metadata.Name,
                Uid = pod.Metadata.Uid,
                FieldPath = container is null ? null : $"spec.containers{{{container}}}",
            },
            Type = type,
            Reason = reason,
            Message = message,
            Source = new EventSource { Component = "kubelet", Host = node },
            ReportingComponent = "kubelet",
            ReportingInstance = node,
            FirstTimestamp = now,
            LastTimestamp = now,
            Count = 1,
        });
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var item in _events.Reader.ReadAllAsync(cancellationToken))
            {
                await WriteAsync(item, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            Log.Stopped(logger, "event recorder");
        }
    }

    private async Task WriteAsync(Event item, CancellationToken cancellationToken)
    {
        try
        {
            await client.CreateAsync(item, cancellationToken);
        }
        catch (Exception error) when (error is ApiException or HttpRequestException)
        {
            Log.EventLost(logger, item.Reason ?? "", error.Message);
        }
    }
}
