using Envoy.Config.Core.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Grpc.Core;
using Istio.Networking.Nds.V1;
using Mizzen.Proxy.Logging;

namespace Mizzen.Proxy.Configuration;

/// <summary>
/// Keeps the configuration up to date over one delta ADS stream: subscribes, takes what comes, answers each response with an
/// acknowledgement or the reasons for a refusal, and connects again when the stream ends. What was received keeps serving meanwhile.
/// </summary>
internal sealed class AdsLoop(AdsOptions options, Node node, LiveConfiguration live, Logger log, TimeProvider clock, Action<NameTable>? names = null)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>Clusters before their endpoints, listeners before their routes (the order that makes no gaps).</summary>
    private static readonly string[] Types = [TypeUrls.Cluster, TypeUrls.ClusterLoadAssignment, TypeUrls.Listener, TypeUrls.RouteConfiguration, TypeUrls.Secret, TypeUrls.NameTable];

    private readonly Dictionary<string, Dictionary<string, string>> _versions = Types.ToDictionary(type => type, _ => new Dictionary<string, string>());
    private readonly Dictionary<string, HashSet<string>> _subscribed = Types.ToDictionary(type => type, _ => new HashSet<string>());

    /// <summary>Follows the control plane until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ConnectAndFollowAsync(() => failures = 0, cancellationToken);
                log.Info($"the control plane at {options.Address} ended the stream");
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (error is RpcException or IOException or HttpRequestException or UnauthorizedAccessException or OperationCanceledException)
            {
                var reason = error is RpcException rpc ? $"{rpc.StatusCode}: {rpc.Status.Detail}" : error.Message;
                log.Warn($"no configuration from {options.Address}: {reason}");
            }

            await PauseAsync(failures++, cancellationToken);
        }
    }

    private async Task PauseAsync(int failures, CancellationToken cancellationToken)
    {
        var full = Math.Min(LongestPause.TotalMilliseconds, FirstPause.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 20)));
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds((full / 2) + (full / 2 * Random.Shared.NextDouble())), clock, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // RunAsync looks at the token itself.
        }
    }

    private async Task ConnectAndFollowAsync(Action onResponse, CancellationToken cancellationToken)
    {
        using var channel = AdsConnection.Open(options);
        var client = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel);
        using var stream = client.DeltaAggregatedResources(AdsConnection.Headers(options), cancellationToken: cancellationToken);
        await SubscribeAsync(stream.RequestStream, cancellationToken);
        await foreach (var response in stream.ResponseStream.ReadAllAsync(cancellationToken))
        {
            onResponse();
            await TakeAsync(response, stream.RequestStream, cancellationToken);
        }
    }

    // Says what is here already, so that a stream that was interrupted brings only what changed.
    private async Task SubscribeAsync(IClientStreamWriter<DeltaDiscoveryRequest> requests, CancellationToken cancellationToken)
    {
        var first = true;
        foreach (var type in Types)
        {
            var isWildcard = type is TypeUrls.Cluster or TypeUrls.Listener or TypeUrls.NameTable;
            if ((!isWildcard && _subscribed[type].Count == 0) || (type == TypeUrls.NameTable && names is null))
            {
                continue;
            }

            var request = new DeltaDiscoveryRequest { TypeUrl = type, Node = first ? node : null };
            request.ResourceNamesSubscribe.AddRange(isWildcard ? ["*"] : _subscribed[type]);
            request.InitialResourceVersions.Add(_versions[type]);
            await requests.WriteAsync(request, cancellationToken);
            first = false;
        }
    }

    private async Task TakeAsync(
        DeltaDiscoveryResponse response, IClientStreamWriter<DeltaDiscoveryRequest> requests, CancellationToken cancellationToken)
    {
        var (refusals, changes) = await live.ChangeAsync(store => (Apply(store, response), Resubscribe(store)), cancellationToken);
        var answer = new DeltaDiscoveryRequest { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce };
        if (refusals.Length > 0)
        {
            live.Refuse(refusals);
            log.Error($"configuration refused, what was accepted before keeps serving: {refusals}");
            answer.ErrorDetail = new Google.Rpc.Status { Code = (int)StatusCode.InvalidArgument, Message = refusals };
        }

        // What new clusters need is asked for before they are acknowledged: routes to them may follow the acknowledgement.
        foreach (var change in changes)
        {
            await requests.WriteAsync(change, cancellationToken);
        }

        await requests.WriteAsync(answer, cancellationToken);
    }

    private string Apply(ResourceStore store, DeltaDiscoveryResponse response)
    {
        var refusals = new List<string>();
        if (!_versions.TryGetValue(response.TypeUrl, out var versions))
        {
            return $"this proxy did not ask for resources of type {response.TypeUrl}";
        }

        foreach (var resource in response.Resources)
        {
            if ((response.TypeUrl == TypeUrls.NameTable ? Take(resource) : store.Put(response.TypeUrl, resource.Name, resource.Resource_)) is { } refusal)
            {
                refusals.Add(refusal);
            }
            else
            {
                versions[resource.Name] = resource.Version;
            }
        }

        foreach (var name in response.RemovedResources)
        {
            store.Remove(response.TypeUrl, name);
            versions.Remove(name);
        }

        store.Received(response.TypeUrl);
        return string.Join("; ", refusals);
    }

    private string? Take(Resource resource)
    {
        try
        {
            names?.Invoke(resource.Resource_.Unpack<NameTable>());
            return null;
        }
        catch (InvalidProtocolBufferException error)
        {
            return $"{resource.Name}: {error.Message}";
        }
    }

    private DeltaDiscoveryRequest[] Resubscribe(ResourceStore store) =>
    [
        .. Resubscribe(store, TypeUrls.ClusterLoadAssignment, store.EndpointNames),
        .. Resubscribe(store, TypeUrls.RouteConfiguration, store.RouteNames),
        .. Resubscribe(store, TypeUrls.Secret, store.SecretNames),
    ];

    private IEnumerable<DeltaDiscoveryRequest> Resubscribe(ResourceStore store, string type, IReadOnlySet<string> wanted)
    {
        var subscribed = _subscribed[type];
        var added = wanted.Except(subscribed).ToList();
        var removed = subscribed.Except(wanted).ToList();
        if (added.Count == 0 && removed.Count == 0)
        {
            yield break;
        }

        foreach (var name in removed)
        {
            subscribed.Remove(name);
            _versions[type].Remove(name);
            store.Remove(type, name);
        }

        subscribed.UnionWith(added);
        var request = new DeltaDiscoveryRequest { TypeUrl = type };
        request.ResourceNamesSubscribe.AddRange(added);
        request.ResourceNamesUnsubscribe.AddRange(removed);
        yield return request;
    }
}
