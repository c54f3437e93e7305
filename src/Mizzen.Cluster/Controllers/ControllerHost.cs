using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.Controllers.DaemonSets;
using Mizzen.Cluster.Controllers.Deployments;
using Mizzen.Cluster.Controllers.Disruptions;
using Mizzen.Cluster.Controllers.Garbage;
using Mizzen.Cluster.Controllers.Jobs;
using Mizzen.Cluster.Controllers.Namespaces;
using Mizzen.Cluster.Controllers.Nodes;
using Mizzen.Cluster.Controllers.ReplicaSets;
using Mizzen.Cluster.Controllers.Services;
using Mizzen.Cluster.Controllers.StatefulSets;
using Mizzen.Cluster.Events;
using Mizzen.Cluster.Scheduling;

namespace Mizzen.Cluster.Controllers;

/// <summary>
/// All controllers and the scheduler of a cluster, as Kubernetes' controller manager and scheduler are. They talk to nothing but the
/// API and share one copy of each collection.
/// </summary>
public sealed class ControllerHost
{
    private readonly ClusterInformers _informers;
    private readonly List<Func<CancellationToken, Task>> _parts = [];

    /// <summary>Prepares them; <see cref="RunAsync"/> starts them.</summary>
    public ControllerHost(ResourceClient client, ControllerOptions options, ILoggerFactory loggers, TimeProvider clock)
    {
        var logger = loggers.CreateLogger<ControllerHost>();
        _informers = new ClusterInformers(client, logger, clock);
        _parts.Add(new DeploymentController(client, _informers, Events("deployment-controller"), logger, clock).RunAsync);
        _parts.Add(new ReplicaSetController(client, _informers, Events("replicaset-controller"), logger, clock).RunAsync);
        _parts.Add(new DaemonSetController(client, _informers, Events("daemonset-controller"), logger, clock).RunAsync);
        _parts.Add(new StatefulSetController(client, _informers, Events("statefulset-controller"), logger, clock).RunAsync);
        _parts.Add(new JobController(client, _informers, Events("job-controller"), logger, clock).RunAsync);
        _parts.Add(new DisruptionController(client, _informers, logger, clock).RunAsync);
        _parts.Add(new EndpointsController(client, _informers, logger, clock).RunAsync);
        _parts.Add(new LoadBalancerController(client, _informers, options, Events("service-controller"), logger, clock).RunAsync);
        _parts.Add(new NamespaceDefaultsController(client, _informers, options, logger, clock).RunAsync);
        _parts.Add(new NamespaceController(client, _informers, logger, clock).RunAsync);
        _parts.Add(new GarbageCollector(client, _informers.Metadata, logger, clock).RunAsync);
        _parts.Add(new PodGarbageCollector(client, _informers, logger, clock).RunAsync);
        _parts.Add(new NodeController(client, _informers, Events("taint-eviction-controller"), logger, clock).RunAsync);
        _parts.Add(new NodeHealth(client, _informers, Events("node-controller"), options.NodeGrace, logger, clock).RunAsync);
        var inputs = new SchedulerInputs(_informers.Nodes, _informers.Pods, _informers.Namespaces, _informers.Services, _informers.ReplicaSets);
        _parts.Add(new Scheduler(client, inputs, Events("default-scheduler"), loggers.CreateLogger<Scheduler>(), clock).RunAsync);

        EventSink Events(string component)
        {
            var sink = new EventSink(component, client, logger, clock);
            _parts.Add(sink.RunAsync);
            return sink;
        }
    }

    /// <summary>Runs all of them until it is cancelled.</summary>
    /// <exception cref="Exception">One of them has failed in a way that it cannot go on from; the others have been stopped.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Func<CancellationToken, Task>> all = [_informers.RunAsync, .. _parts];
        await Task.WhenAll(all.Select(part => RunPartAsync(part, stop)));
    }

    private static async Task RunPartAsync(Func<CancellationToken, Task> part, CancellationTokenSource stop)
    {
        try
        {
            await part(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // It was asked to stop, perhaps before it had begun.
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }
}
