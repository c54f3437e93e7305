using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.Events;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Controllers.Services;

/// <summary>Gives services of type LoadBalancer the addresses at which they can be reached from outside the cluster.</summary>
internal sealed class LoadBalancerController
{
    // An address that is not known yet is asked for again; nothing tells when it is.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ResourceClient _client;
    private readonly ClusterInformers _informers;
    private readonly ControllerOptions _options;
    private readonly EventSink _events;
    private readonly ReconcileLoop<ObjectName> _loop;
    private readonly ConcurrentDictionary<ObjectName, string> _told = new();

    public LoadBalancerController(
        ResourceClient client, ClusterInformers informers, ControllerOptions options, EventSink events, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _informers = informers;
        _options = options;
        _events = events;
        _loop = new ReconcileLoop<ObjectName>("service-controller", ReconcileAsync, logger, clock);
        informers.Services.Changed += change => _loop.Queue.Add(ObjectName.Of(change.Object));
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _informers.Services.WaitForSyncAsync(cancellationToken);
        await _loop.RunAsync(cancellationToken);
    }

    private async Task ReconcileAsync(ObjectName name, CancellationToken cancellationToken)
    {
        if (_informers.Services.Find(name.Namespace, name.Name) is not { Metadata.DeletionTimestamp: null } service)
        {
            _told.TryRemove(name, out _);
            return;
        }

        var has = service.Status?.LoadBalancer?.Ingress ?? [];
        var wanted = await WantedAsync(service, cancellationToken);
        if (wanted is { Count: 0 } && service.Spec?.Type == "LoadBalancer")
        {
            _loop.Queue.AddAfter(name, Pause);
        }

        if (wanted is null || has.Select(Describe).SequenceEqual(wanted.Select(Describe)))
        {
            return;
        }

        var status = (service.Status ?? new ServiceStatus()) with { LoadBalancer = new LoadBalancerStatus { Ingress = wanted.Count == 0 ? null : wanted } };
        await _client.ReplaceStatusAsync(service with { Status = status }, cancellationToken);
        if (wanted.Count > 0)
        {
            _events.Normal(service, "EnsuredLoadBalancer", "Ensured load balancer");
        }
    }

    // A service with a class of its own is some other controller's.
    private async Task<IReadOnlyList<LoadBalancerIngress>?> WantedAsync(Service service, CancellationToken cancellationToken)
    {
        if (service.Spec?.Type != "LoadBalancer")
        {
            return [];
        }

        return string.IsNullOrEmpty(service.Spec.LoadBalancerClass) && _options.LoadBalancer is { } addresses
            ? Told(service, await addresses(service, cancellationToken))
            : null;
    }

    // The same obstacle is met again and again, and told once.
    private IReadOnlyList<LoadBalancerIngress> Told(Service service, LoadBalancerAnswer answer)
    {
        var name = ObjectName.Of(service);
        if (answer.Obstacle is null)
        {
            _told.TryRemove(name, out _);
        }
        else if (_told.GetValueOrDefault(name) != answer.Obstacle)
        {
            _told[name] = answer.Obstacle;
            _events.Warning(service, "SyncLoadBalancerFailed", $"Error syncing load balancer: {answer.Obstacle}");
        }

        return answer.Ingress;
    }

    private static string Describe(LoadBalancerIngress ingress) =>
        $"{ingress.Ip} {ingress.Hostname} {ingress.IpMode} {string.Join(',', ingress.Ports ?? [])}";
}
