using System.Text.Json;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using Mizzen.Resources.Discovery;
using Mizzen.Resources.Meta;
using NodeResource = Mizzen.Resources.Core.Node;

namespace Mizzen.Cluster.Controllers.Services;

/// <summary>Keeps the EndpointSlices and the Endpoints of services with selectors in step with their pods.</summary>
internal sealed class EndpointsController
{
    private const string ZoneLabel = "topology.kubernetes.io/zone";

    private readonly ResourceClient _client;
    private readonly ClusterInformers _informers;
    private readonly TimeProvider _clock;
    private readonly Expectations _expectations;
    private readonly ReconcileLoop<ObjectName> _slices;
    private readonly ReconcileLoop<ObjectName> _endpoints;

    public EndpointsController(ResourceClient client, ClusterInformers informers, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _informers = informers;
        _clock = clock;
        _expectations = new Expectations(clock);
        _slices = new ReconcileLoop<ObjectName>("endpointslice-controller", ReconcileSlicesAsync, logger, clock);
        _endpoints = new ReconcileLoop<ObjectName>("endpoint-controller", ReconcileEndpointsAsync, logger, clock);
        informers.Services.Changed += change => Add(ObjectName.Of(change.Object));
        informers.Pods.Changed += TakePod;
        informers.Slices.Changed += TakeSlice;
        informers.Endpoints.Changed += change => _endpoints.Queue.Add(ObjectName.Of(change.Object));
        informers.Nodes.Changed += TakeNode;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(
            _informers.Services.WaitForSyncAsync(cancellationToken),
            _informers.Pods.WaitForSyncAsync(cancellationToken),
            _informers.Slices.WaitForSyncAsync(cancellationToken),
            _informers.Endpoints.WaitForSyncAsync(cancellationToken),
            _informers.Nodes.WaitForSyncAsync(cancellationToken));
        await Task.WhenAll(_slices.RunAsync(cancellationToken), _endpoints.RunAsync(cancellationToken));
    }

    private void Add(ObjectName service)
    {
        _slices.Queue.Add(service);
        _endpoints.Queue.Add(service);
    }

    // A pod whose labels change leaves one service and enters another.
    private void TakePod(InformerChange<Pod> change)
    {
        foreach (var service in _informers.ServicesIn.In(change.Object.Metadata.Namespace))
        {
            if (service.Spec?.Selector is { Count: > 0 } labels)
            {
                var selector = new LabelSelector { MatchLabels = labels };
                if (IsSelected(selector, change.Old) || IsSelected(selector, change.New))
                {
                    Add(ObjectName.Of(service));
                }
            }
        }
    }

    private static bool IsSelected(LabelSelector selector, Pod? pod) => pod is not null && selector.Matches(pod.Metadata.Labels);

    private void TakeSlice(InformerChange<EndpointSlice> change)
    {
        if (ServiceOf(change.Object) is { } service)
        {
            _expectations.CreationSeen(service, change.Object.Metadata.Name);
            _slices.Queue.Add(service);
        }
    }

    // Only the zone matters here, and nodes report their health all the time.
    private void TakeNode(InformerChange<NodeResource> change)
    {
        if (ZoneOf(change.Old) != ZoneOf(change.New))
        {
            foreach (var service in _informers.Services.Items)
            {
                _slices.Queue.Add(ObjectName.Of(service));
            }
        }
    }

    private static ObjectName? ServiceOf(EndpointSlice slice) =>
        slice.Metadata.Labels is { } labels
        && labels.GetValueOrDefault(EndpointSlicePlan.ManagedByLabel) == EndpointSlicePlan.ManagedBy
        && labels.TryGetValue(EndpointSlicePlan.ServiceNameLabel, out var service)
            ? new ObjectName(slice.Metadata.Namespace ?? "", service)
            : null;

    private static string? ZoneOf(NodeResource? node) => node?.Metadata.Labels?.GetValueOrDefault(ZoneLabel);

    private async Task ReconcileSlicesAsync(ObjectName name, CancellationToken cancellationToken)
    {
        if (!_expectations.AreMet(name))
        {
            return;
        }

        var existing = _informers.SlicesIn.In(name.Namespace).Where(slice => ServiceOf(slice) == name).ToList();
        if (Selecting(name) is not { } service)
        {
            // What a service that is gone leaves behind is the garbage collector's; a selector that is gone leaves slices to their users.
            return;
        }

        var backends = ServiceBackend.Of(service, _informers.PodsIn.In(name.Namespace));
        var plan = EndpointSlicePlan.Decide(service, backends, existing, node => ZoneOf(_informers.Nodes.Find(null, node)), _clock.GetUtcNow());
        await WriteAsync(name, plan, cancellationToken);
    }

    private Service? Selecting(ObjectName name) =>
        _informers.Services.Find(name.Namespace, name.Name) is { Spec: { Selector.Count: > 0, Type: not "ExternalName" }, Metadata.DeletionTimestamp: null } service
            ? service
            : null;

    private async Task WriteAsync(ObjectName name, EndpointSlicePlan plan, CancellationToken cancellationToken)
    {
        foreach (var slice in plan.Update)
        {
            await _client.ReplaceAsync(slice, cancellationToken);
        }

        foreach (var slice in plan.Create)
        {
            await CreateAsync(name, slice, cancellationToken);
        }

        foreach (var slice in plan.Delete)
        {
            await _client.DeleteAsync<EndpointSlice>(slice.Metadata.Namespace, slice.Metadata.Name!, null, cancellationToken);
        }
    }

    private async Task CreateAsync(ObjectName name, EndpointSlice slice, CancellationToken cancellationToken)
    {
        _expectations.Creation(name, slice.Metadata.Name!);
        try
        {
            await _client.CreateAsync(slice, cancellationToken);
        }
        catch
        {
            _expectations.CreationSeen(name, slice.Metadata.Name);
            throw;
        }
    }

    private async Task ReconcileEndpointsAsync(ObjectName name, CancellationToken cancellationToken)
    {
        var existing = _informers.Endpoints.Find(name.Namespace, name.Name);
        if (Selecting(name) is { } service)
        {
            var wanted = EndpointsPlan.Build(service, ServiceBackend.Of(service, _informers.PodsIn.In(name.Namespace)));
            await WriteAsync(existing, wanted, cancellationToken);
        }
        else if (existing is not null && _informers.Services.Find(name.Namespace, name.Name) is null && IsManaged(existing))
        {
            await _client.DeleteAsync<Endpoints>(name.Namespace, name.Name, null, cancellationToken);
        }
    }

    private async Task WriteAsync(Endpoints? existing, Endpoints wanted, CancellationToken cancellationToken)
    {
        if (existing is null)
        {
            await _client.CreateAsync(wanted, cancellationToken);
        }
        else if (Text(existing) != Text(wanted))
        {
            await _client.ReplaceAsync(existing with { Subsets = wanted.Subsets, Metadata = existing.Metadata with { Labels = wanted.Metadata.Labels } }, cancellationToken);
        }
    }

    private static bool IsManaged(Endpoints endpoints) =>
        endpoints.Metadata.Labels?.GetValueOrDefault("endpoints.kubernetes.io/managed-by") == "endpoint-controller";

    private static string Text(Endpoints endpoints) => JsonSerializer.Serialize(
        new { Labels = endpoints.Metadata.Labels?.OrderBy(label => label.Key, StringComparer.Ordinal), endpoints.Subsets }, ResourceJson.Options);
}
