using System.Net;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Netlink;
using Mizzen.Resources.Core;
using Mizzen.Resources.Discovery;

namespace Mizzen.Cluster.Network;

/// <summary>
/// ClusterIP services: the router translates a service's address into that of one of its ready endpoints, by chance, for each new
/// connection. Rules follow Services and EndpointSlices and are replaced as a whole.
/// </summary>
public sealed class ServiceProxy : IDisposable
{
    private const string ServiceNameLabel = "kubernetes.io/service-name";
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(15);

    private readonly ClusterNetwork _network;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly Informer<Service> _services;
    private readonly Informer<EndpointSlice> _slices;

    /// <summary>Follows services through the API.</summary>
    public ServiceProxy(ClusterNetwork network, ResourceClient client, ILogger<ServiceProxy> logger, TimeProvider clock)
    {
        _network = network;
        _logger = logger;
        _clock = clock;
        _services = new Informer<Service>(client, null, null, logger, clock);
        _slices = new Informer<EndpointSlice>(client, null, null, logger, clock);
        _services.Changed += _ => Signal();
        _slices.Changed += _ => Signal();
    }

    /// <summary>The services as known now.</summary>
    public Informer<Service> Services => _services;

    /// <summary>The endpoints as known now.</summary>
    public Informer<EndpointSlice> Slices => _slices;

    /// <summary>Follows until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        WriteRules();
        var informers = Task.WhenAll(_services.RunAsync(cancellationToken), _slices.RunAsync(cancellationToken));
        try
        {
            while (true)
            {
                await _changed.WaitAsync(cancellationToken);
                await Task.Delay(Quiet, _clock, cancellationToken);
                WriteRules();
            }
        }
        catch (OperationCanceledException)
        {
            await informers;
        }
    }

    /// <summary>One ready endpoint of a service's port, by chance; null when there is none.</summary>
    /// <param name="ns">The service's namespace.</param>
    /// <param name="name">The service's name.</param>
    /// <param name="port">The service's port.</param>
    public IPEndPoint? Resolve(string ns, string name, int port)
    {
        var service = _services.Find(ns, name);
        var servicePort = service?.Spec?.Ports?.FirstOrDefault(candidate => candidate.Port == port);
        var endpoints = service is null || servicePort is null ? [] : EndpointsOf(service, servicePort);
        return endpoints.Count == 0 ? null : endpoints[Random.Shared.Next(endpoints.Count)];
    }

    /// <inheritdoc/>
    public void Dispose() => _changed.Dispose();

    private void Signal()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // One signal is enough: the next round reads everything.
        }
    }

    private void WriteRules()
    {
        try
        {
            _network.ReplaceRules([new NftChain("prerouting", NftHook.Prerouting, [.. _services.Items.SelectMany(RulesOf), Egress])]);
        }
        catch (NetlinkException error)
        {
            Log.RulesFailed(_logger, error.Message);
        }
    }

    private static IReadOnlyList<NftExpression> Egress { get; } =
    [
        NftExpression.InputLink("lo", equal: false),
        NftExpression.Tcp,
        NftExpression.Destination(ClusterNetwork.PodRange, equal: false),
        NftExpression.Destination(ClusterNetwork.ServiceRange, equal: false),
        NftExpression.Redirect(EgressRelay.Port),
    ];

    private IEnumerable<IReadOnlyList<NftExpression>> RulesOf(Service service)
    {
        // The API server and the name server live in the router itself.
        if (!IPAddress.TryParse(service.Spec?.ClusterIp, out var address)
            || address.Equals(ClusterNetwork.ApiServerAddress) || address.Equals(ClusterNetwork.DnsAddress))
        {
            yield break;
        }

        foreach (var port in service.Spec!.Ports ?? [])
        {
            var endpoints = EndpointsOf(service, port);
            var protocol = port.Protocol == "UDP" ? NftExpression.Udp : NftExpression.Tcp;
            for (var i = 0; i < endpoints.Count; i++)
            {
                NftExpression[] match = [NftExpression.Destination(new IPNetwork(address, 32)), protocol, NftExpression.DestinationPort((ushort)port.Port)];
                var left = endpoints.Count - i;
                NftExpression[] chance = left > 1 ? [NftExpression.OneIn((uint)left)] : [];
                yield return [.. match, .. chance, NftExpression.DestinationNat(endpoints[i])];
            }
        }
    }

    private List<IPEndPoint> EndpointsOf(Service service, ServicePort port)
    {
        var found = new List<IPEndPoint>();
        foreach (var slice in _slices.Items.Where(slice => BelongsTo(slice, service)))
        {
            var target = slice.Ports?.FirstOrDefault(candidate => (candidate.Name ?? "") == (port.Name ?? ""))?.Port;
            foreach (var endpoint in target is null ? [] : slice.Endpoints ?? [])
            {
                if (endpoint.Conditions?.Ready != false && endpoint.Addresses is [var text, ..] && IPAddress.TryParse(text, out var address))
                {
                    found.Add(new IPEndPoint(address, target!.Value));
                }
            }
        }

        return found;
    }

    private static bool BelongsTo(EndpointSlice slice, Service service) =>
        slice.Metadata.Namespace == service.Metadata.Namespace
        && slice.Metadata.Labels is { } labels
        && labels.TryGetValue(ServiceNameLabel, out var name)
        && name == service.Metadata.Name;
}
