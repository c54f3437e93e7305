using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Events;

/// <summary>
/// Writes what controllers tell of, without making them wait. The same thing said again raises the count of the first event
/// instead of becoming another; when more is said than can be written, the oldest is lost.
/// </summary>
internal sealed class EventSink(string component, ResourceClient client, ILogger logger, TimeProvider clock)
{
    private const int Backlog = 1000;
    private const int Remembered = 4096;

    private readonly Channel<Event> _events = Channel.CreateBounded<Event>(
        new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly Dictionary<string, Event> _written = [];
    private int _last;

    public void Normal<T>(T about, string reason, string message)
        where T : Resource => Record(about, "Normal", reason, message);

    public void Warning<T>(T about, string reason, string message)
        where T : Resource => Record(about, "Warning", reason, message);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var item in _events.Reader.ReadAllAsync(cancellationToken))
            {
                await WriteAsync(item, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _events.Writer.TryComplete();
        }
    }

    /// <summary>Tells of something, with the part of the object that it is about and the node that tells it, where there is one.</summary>
    public void Record<T>(T about, string type, string reason, string message, string? fieldPath = null, string? host = null)
        where T : Resource
    {
        var now = clock.GetUtcNow();
        var kind = KindCatalog.Of<T>();
        _events.Writer.TryWrite(new Event
        {
            Metadata = new ObjectMeta
            {
                // Events about objects of the whole cluster live in the default namespace.
                Namespace = about.Metadata.Namespace ?? "default",
                Name = $"{about.Metadata.Name}.{now.UtcTicks + Interlocked.Increment(ref _last):x}",
            },
            InvolvedObject = new ObjectReference
            {
                ApiVersion = kind.ApiVersion,
                Kind = kind.Kind,
                Namespace = about.Metadata.Namespace,
                Name = about.Metadata.Name,
                Uid = about.Metadata.Uid,
                ResourceVersion = about.Metadata.ResourceVersion,
                FieldPath = fieldPath,
            },
            Type = type,
            Reason = reason,
            Message = message,
            Source = new EventSource { Component = component, Host = host },
            ReportingComponent = component,
            ReportingInstance = host,
            FirstTimestamp = now,
            LastTimestamp = now,
            Count = 1,
        });
    }

    private async Task WriteAsync(Event item, CancellationToken cancellationToken)
    {
        var said = $"{item.InvolvedObject?.Uid}/{item.Type}/{item.Reason}/{item.Message}";
        try
        {
            _written[said] = await RepeatAsync(_written.GetValueOrDefault(said), item, cancellationToken)
                ?? await client.CreateAsync(item, cancellationToken);
        }
        catch (Exception error) when (error is ApiException or HttpRequestException or IOException)
        {
            Log.EventLost(logger, item.Reason, item.InvolvedObject?.Name, error.Message);
        }

        if (_written.Count > Remembered)
        {
            _written.Clear();
        }
    }

    private async Task<Event?> RepeatAsync(Event? first, Event again, CancellationToken cancellationToken)
    {
        if (first is null)
        {
            return null;
        }

        try
        {
            var patch = new JsonObject { ["count"] = (first.Count ?? 1) + 1, ["lastTimestamp"] = JsonValue.Create(ResourceJson.ToNode(again)["lastTimestamp"]!.GetValue<string>()) };
            return await client.PatchAsync<Event>(first.Metadata.Namespace, first.Metadata.Name!, PatchType.Merge, patch, null, cancellationToken);
        }
        catch (ApiException error) when (error.IsNotFound)
        {
            return null;
        }
    }
}
