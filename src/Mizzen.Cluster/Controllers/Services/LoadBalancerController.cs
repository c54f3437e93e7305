using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Cluster.Events;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Controllers.Services;

/// <summary>Gives services of type LoadBalancer the addresses at which they can be reached from outside the cluster.</summary>
internal sealed class LoadBalancerController
{
    private readonly ResourceClient _client;
    private readonly ClusterInformers _informers;
    private readonly ControllerOptions _options;
    private readonly EventSink _events;
    private readonly ReconcileLoop<ObjectName> _loop;

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
            return;
        }

        var has = service.Status?.LoadBalancer?.Ingress ?? [];
        var wanted = await WantedAsync(service, cancellationToken);
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
            ? await addresses(service, cancellationToken)
            : null;
    }

    private static string Describe(LoadBalancerIngress ingress) =>
        $"{ingress.Ip} {ingress.Hostname} {ingress.IpMode} {string.Join(',', ingress.Ports ?? [])}";
}
