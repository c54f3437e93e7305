using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources.Apps;
using Mizzen.Resources.Batch;
using Mizzen.Resources.Core;
using Mizzen.Resources.Discovery;
using Mizzen.Resources.Policy;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Controllers;

/// <summary>The one copy of each collection that all controllers and the scheduler share.</summary>
internal sealed class ClusterInformers
{
    public ClusterInformers(ResourceClient client, ILogger logger, TimeProvider clock)
    {
        Namespaces = new Informer<Namespace>(client, null, null, logger, clock);
        Nodes = new Informer<NodeResource>(client, null, null, logger, clock);
        Pods = new Informer<Pod>(client, null, null, logger, clock);
        Services = new Informer<Service>(client, null, null, logger, clock);
        Endpoints = new Informer<Endpoints>(client, null, null, logger, clock);
        Slices = new Informer<EndpointSlice>(client, null, null, logger, clock);
        Deployments = new Informer<Deployment>(client, null, null, logger, clock);
        ReplicaSets = new Informer<ReplicaSet>(client, null, null, logger, clock);
        DaemonSets = new Informer<DaemonSet>(client, null, null, logger, clock);
        StatefulSets = new Informer<StatefulSet>(client, null, null, logger, clock);
        Jobs = new Informer<Job>(client, null, null, logger, clock);
        DisruptionBudgets = new Informer<PodDisruptionBudget>(client, null, null, logger, clock);

        // Before any controller listens: what one is told of, it must find here.
        PodsIn = new NamespaceIndex<Pod>(Pods);
        ServicesIn = new NamespaceIndex<Service>(Services);
        SlicesIn = new NamespaceIndex<EndpointSlice>(Slices);
        DeploymentsIn = new NamespaceIndex<Deployment>(Deployments);
        ReplicaSetsIn = new NamespaceIndex<ReplicaSet>(ReplicaSets);
        Metadata = new MetadataWatch(client, Typed(), logger, clock);
    }

    public Informer<Namespace> Namespaces { get; }

    public Informer<NodeResource> Nodes { get; }

    public Informer<Pod> Pods { get; }

    public Informer<Service> Services { get; }

    public Informer<Endpoints> Endpoints { get; }

    public Informer<EndpointSlice> Slices { get; }

    public Informer<Deployment> Deployments { get; }

    public Informer<ReplicaSet> ReplicaSets { get; }

    public Informer<DaemonSet> DaemonSets { get; }

    public Informer<StatefulSet> StatefulSets { get; }

    public Informer<Job> Jobs { get; }

    public Informer<PodDisruptionBudget> DisruptionBudgets { get; }

    public NamespaceIndex<Pod> PodsIn { get; }

    public NamespaceIndex<Service> ServicesIn { get; }

    public NamespaceIndex<EndpointSlice> SlicesIn { get; }

    public NamespaceIndex<Deployment> DeploymentsIn { get; }

    public NamespaceIndex<ReplicaSet> ReplicaSetsIn { get; }

    /// <summary>The metadata of every object of every kind, these included.</summary>
    public MetadataWatch Metadata { get; }

    public Task RunAsync(CancellationToken cancellationToken) => Metadata.RunAsync(cancellationToken);

    private IReadOnlyList<MetadataSource> Typed() =>
    [
        MetadataSource.Of(Namespaces), MetadataSource.Of(Nodes), MetadataSource.Of(Pods), MetadataSource.Of(Services),
        MetadataSource.Of(Endpoints), MetadataSource.Of(Slices), MetadataSource.Of(Deployments), MetadataSource.Of(ReplicaSets),
        MetadataSource.Of(DaemonSets), MetadataSource.Of(StatefulSets), MetadataSource.Of(Jobs), MetadataSource.Of(DisruptionBudgets),
    ];
}
