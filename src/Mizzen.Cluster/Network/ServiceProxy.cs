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
        if (servicePort is null)
        {
            return null;
        }

        var endpoints = EndpointsOf(_slices.Items.Where(slice => ServiceOf(slice) == (ns, name)), servicePort);
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
            _network.ReplaceRules(ServiceRules.Build(_services.Items, EndpointIndex()));
        }
        catch (NetlinkException error)
        {
            Log.RulesFailed(_logger, error.Message);
        }
    }

    private Func<Service, ServicePort, IReadOnlyList<IPEndPoint>> EndpointIndex()
    {
        var slices = _slices.Items.ToLookup(ServiceOf);
        return (service, port) => EndpointsOf(slices[(service.Metadata.Namespace, service.Metadata.Name)], port);
    }

    private static List<IPEndPoint> EndpointsOf(IEnumerable<EndpointSlice> slices, ServicePort port)
    {
        var found = new List<IPEndPoint>();
        foreach (var slice in slices)
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

    private static (string? Namespace, string? Name) ServiceOf(EndpointSlice slice) =>
        (slice.Metadata.Namespace, slice.Metadata.Labels?.GetValueOrDefault(ServiceNameLabel));
}
