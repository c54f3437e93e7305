using Mizzen.Client;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Scheduling;

/// <summary>The collections that the scheduler looks at; whoever made them runs them.</summary>
internal sealed record SchedulerInputs(
    Informer<NodeResource> Nodes, Informer<Pod> Pods, Informer<Namespace> Namespaces, Informer<Service> Services, Informer<ReplicaSet> ReplicaSets)
{
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Nodes.WaitForSyncAsync(cancellationToken),
        Pods.WaitForSyncAsync(cancellationToken),
        Namespaces.WaitForSyncAsync(cancellationToken),
        Services.WaitForSyncAsync(cancellationToken),
        ReplicaSets.WaitForSyncAsync(cancellationToken));
}
