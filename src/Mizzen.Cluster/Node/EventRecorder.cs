using Mizzen.Cluster.Events;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Node;

/// <summary>What a node tells of its pods, under the name by which people look for it: kubelet.</summary>
internal sealed class EventRecorder(EventSink events)
{
    public const string Component = "kubelet";

    public void Record(Pod pod, string node, string type, string reason, string message, string? container = null) =>
        events.Record(pod, type, reason, message, container is null ? null : $"spec.containers{{{container}}}", node);

    public Task RunAsync(CancellationToken cancellationToken) => events.RunAsync(cancellationToken);
}
