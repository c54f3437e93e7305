using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.ControlPlane.Analysis;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Push;
using Mizzen.ControlPlane.Translation;
using Mizzen.Resources;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Networking;
using Mizzen.Resources.Reading;
using Mizzen.Xds.Sessions;

namespace Mizzen.ControlPlane.Verdicts;

/// <summary>
/// Writes into the status of each user's object how many proxies have it and what is wrong with it. Objects are read and written only when
/// there is something else to say; bursts of changes are one round, a round has a limit, and what reaches every proxy soon is written once.
/// </summary>
internal sealed class StatusWriter
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>Most changes are everywhere before anybody has looked: only what takes longer is told on its way.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private const int MostWritesOfRound = 25;

    private readonly ResourceClient _client;
    private readonly GatewayApiStatuses _gatewayApi;
    private readonly IngressStatuses _ingresses;
    private readonly AllocatedStatuses _allocated;
    private readonly ProxyConfiguration _configuration;
    private readonly ConnectionRegistry _registry;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<ResourceKey, (string Text, long? Generation)> _written = [];
    private readonly ReachTracker _reach;
    private (MeshSnapshot Mesh, ILookup<ResourceKey, Problem> Problems)? _analyzed;
    private bool _isWaiting;

    public StatusWriter(ResourceClient client, ProxyConfiguration configuration, ConnectionRegistry registry, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _gatewayApi = new GatewayApiStatuses(client, logger, clock);
        _ingresses = new IngressStatuses(client, logger);
        _allocated = new AllocatedStatuses(client, logger);
        _configuration = configuration;
        _registry = registry;
        _logger = logger;
        _clock = clock;
        _reach = new ReachTracker(clock);
        configuration.Changed += Wake;
        registry.RefusalsChanged += Wake;
        registry.Answered += Wake;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var backoff = new Backoff(Quiet, LongestPause);
        try
        {
            while (true)
            {
                await WaitAsync(cancellationToken);
                await Task.Delay(Quiet, _clock, cancellationToken);
                if (await TryRoundAsync(cancellationToken))
                {
                    backoff.Reset();
                    continue;
                }

                await Task.Delay(backoff.Next(), _clock, cancellationToken);
                Wake();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            _configuration.Changed -= Wake;
            _registry.RefusalsChanged -= Wake;
            _registry.Answered -= Wake;
        }
    }

    // Something may have to be said because nothing happens.
    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A read that is given up would take the next signal with it; this only looks.
            await _signal.Reader.WaitToReadAsync(cancellationToken).AsTask().WaitAsync(_isWaiting ? Patience : Timeout.InfiniteTimeSpan, _clock, cancellationToken);
            _signal.Reader.TryRead(out _);
        }
        catch (TimeoutException)
        {
            // Then it is time to say it.
        }
    }

    private void Wake() => _signal.Writer.TryWrite(true);

    // A status that cannot be made out is no reason to stop configuring proxies.
    private async Task<bool> TryRoundAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await WriteAsync(cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Log.RoundFailed(_logger, error);
            return false;
        }
    }

    /// <summary>One round; false when something could not be written and must be tried again.</summary>
    private async Task<bool> WriteAsync(CancellationToken cancellationToken)
    {
        var mesh = _configuration.Snapshot;
        var objects = Objects(mesh.Resources).ToDictionary(item => item.Key);
        _reach.See(objects.ToDictionary(item => item.Key, item => item.Value.Metadata.Generation), mesh.Version);
        foreach (var gone in _written.Keys.Where(key => !objects.ContainsKey(key)).ToList())
        {
            _written.Remove(gone);
        }

        var ok = await _gatewayApi.WriteAsync(mesh, cancellationToken) & await _ingresses.WriteAsync(mesh, cancellationToken)
            & await _allocated.WriteAsync(mesh, cancellationToken);
        var left = MostWritesOfRound;
        _isWaiting = false;
        foreach (var (key, verdict) in Verdicts(mesh, objects.Keys))
        {
            if (IsSaid(objects.GetValueOrDefault(key), key, verdict) || IsEarly(key, verdict))
            {
                continue;
            }

            if (left-- == 0)
            {
                Wake();
                break;
            }

            if (await TryWriteAsync(key, verdict, cancellationToken))
            {
                _written[key] = (verdict.ToText(), objects.GetValueOrDefault(key)?.Metadata.Generation);
            }
            else
            {
                ok = false;
            }
        }

        return ok;
    }

    private bool IsSaid(MeshObject? item, ResourceKey key, Verdict verdict)
    {
        var now = (verdict.ToText(), item?.Metadata.Generation);
        if (_written.TryGetValue(key, out var written))
        {
            return written == now;
        }

        // Perhaps since before this control plane was started.
        if (item is null || !verdict.IsSaidBy(item.Metadata, item.Status))
        {
            return false;
        }

        _written[key] = now;
        return true;
    }

    private bool IsEarly(ResourceKey key, Verdict verdict)
    {
        var isEarly = !verdict.Reach.IsComplete && verdict.Refusals.Count == 0 && _reach.AgeOf(key) < Patience;
        _isWaiting |= isEarly;
        return isEarly;
    }

    private async Task<bool> TryWriteAsync(ResourceKey key, Verdict verdict, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(key, verdict, cancellationToken);
            return true;
        }
        catch (Exception error) when (error is ApiException or HttpRequestException)
        {
            Log.NotWritten(_logger, key, error.Message);
            return false;
        }
    }

    private IEnumerable<(ResourceKey Key, Verdict Verdict)> Verdicts(MeshSnapshot mesh, IEnumerable<ResourceKey> objects)
    {
        var problems = ProblemsOf(mesh);
        var refusals = Refusals().Where(refusal => KindOf(refusal.Origin) is not null).Distinct().ToLookup(refusal => refusal.Origin);
        var proxies = _registry.All;
        foreach (var key in objects.Union(problems.Select(group => group.Key)).Union(refusals.Select(group => group.Key)))
        {
            var refusing = refusals[key].Select(refusal => refusal.Proxy).ToHashSet();
            var reach = _reach.Of(key, [.. proxies.Select(proxy => (proxy.AnsweredVersion, refusing.Contains(proxy.Id)))]);
            yield return (key, new Verdict([.. problems[key]], [.. refusals[key].Select(refusal => refusal.Text).Distinct().Order(StringComparer.Ordinal)], reach));
        }
    }

    /// <summary>What proxies say changes nothing about what is wrong with the objects themselves.</summary>
    private ILookup<ResourceKey, Problem> ProblemsOf(MeshSnapshot mesh)
    {
        if (_analyzed?.Mesh != mesh)
        {
            _analyzed = (mesh, MeshAnalysis.Analyze(mesh).Where(problem => problem.Key is not null && KindOf(problem.Key) is not null).ToLookup(problem => problem.Key!));
        }

        return _analyzed.Value.Problems;
    }

    private IEnumerable<(ResourceKey Origin, string Proxy, string Text)> Refusals()
    {
        foreach (var push in _registry.Refusals().GroupBy(entry => (entry.Proxy, entry.Refusal.TypeUrl, entry.Refusal.Reason), entry => entry.Refusal))
        {
            var view = push.Key.Proxy.View;
            var resources = _configuration.ResourcesFor(view);
            foreach (var refusal in Meant(push.Key.Reason, [.. push]))
            {
                var text = $"proxies of namespace {view.Namespace} refuse {ResourceTypes.ShortName(refusal.TypeUrl)} {refusal.Name}: {refusal.Reason}";
                foreach (var origin in ByName(resources, refusal) is { } message ? OriginReader.Read(message) : [])
                {
                    yield return (origin, push.Key.Proxy.Id, text);
                }
            }
        }
    }

    // A refusal is about a whole push; where the proxy names resources of it, those are meant.
    private static List<Refusal> Meant(string reason, List<Refusal> push)
    {
        var named = push.FindAll(refusal => reason.Contains(refusal.Name, StringComparison.Ordinal));
        return named.Count > 0 ? named : push;
    }

    private static IMessage? ByName(ProxyResources resources, Refusal refusal) => (refusal.TypeUrl switch
    {
        ResourceTypes.Cluster => resources.Clusters,
        ResourceTypes.Endpoints => resources.Endpoints,
        ResourceTypes.Listener => resources.Listeners,
        _ => resources.Routes,
    }).GetValueOrDefault(refusal.Name);

    private static IEnumerable<MeshObject> Objects(ResourceSet resources) => resources.VirtualServices.Select(item => Object(item, item.Status))
        .Concat(resources.DestinationRules.Select(item => Object(item, item.Status)))
        .Concat(resources.ServiceEntries.Select(item => Object(item, new IstioStatus { Conditions = item.Status?.Conditions, ValidationMessages = item.Status?.ValidationMessages })))
        .Concat(resources.Gateways.Select(item => Object(item, item.Status)))
        .Concat(resources.Sidecars.Select(item => Object(item, item.Status)))
        .Concat(resources.ProxyConfigs.Select(item => Object(item, item.Status)))
        .Concat(resources.EnvoyFilters.Select(item => Object(item, item.Status)))
        .Concat(resources.AuthorizationPolicies.Select(item => Object(item, item.Status)))
        .Concat(resources.RequestAuthentications.Select(item => Object(item, item.Status)))
        .Concat(resources.PeerAuthentications.Select(item => Object(item, item.Status)));

    private static MeshObject Object<T>(T item, IstioStatus? status)
        where T : Resource =>
        new(new ResourceKey(KindCatalog.Of<T>().Group, KindCatalog.Of<T>().Kind, item.Metadata.Namespace, item.Metadata.Name!), item.Metadata, status);

    private async Task WriteAsync(ResourceKey key, Verdict verdict, CancellationToken cancellationToken)
    {
        var path = new Uri(KindOf(key)!.Path(key.Namespace, key.Name), UriKind.Relative);
        using var found = await _client.Http.GetAsync(path, cancellationToken);
        if (found.StatusCode == HttpStatusCode.NotFound)
        {
            return;
        }

        await ResourceClient.RequireSuccessAsync(found, cancellationToken);
        var resource = JsonNode.Parse(await found.Content.ReadAsStringAsync(cancellationToken))!.AsObject();
        if (verdict.PatchFor(resource, _clock.GetUtcNow()) is not { } patch)
        {
            return;
        }

        using var body = new StringContent(patch.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/merge-patch+json"));
        using var answer = await _client.Http.PatchAsync(new Uri(path + "/status", UriKind.Relative), body, cancellationToken);
        if (answer.StatusCode != HttpStatusCode.NotFound)
        {
            await ResourceClient.RequireSuccessAsync(answer, cancellationToken);
            Log.Written(_logger, key, verdict.Problems.Count, verdict.Refusals.Count);
        }
    }

    private static ResourceKind? KindOf(ResourceKey key) =>
        KindCatalog.All.FirstOrDefault(kind => kind.Kind == key.Kind && kind.Group == key.Group && kind is { BuiltIn: false, HasStatus: true });

    private sealed record MeshObject(ResourceKey Key, ObjectMeta Metadata, IstioStatus? Status);
}
