using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Mizzen.Client;
using Mizzen.ControlPlane.Analysis;
using Mizzen.ControlPlane.Push;
using Mizzen.ControlPlane.Translation;
using Mizzen.Resources;
using Mizzen.Resources.Meta;
using Mizzen.Xds.Sessions;

namespace Mizzen.ControlPlane.Verdicts;

/// <summary>
/// Writes what is wrong with a user's object into its status. Only objects with something to say are read and written, only when it
/// differs from what they say, and bursts of changes are one round.
/// </summary>
internal sealed class StatusWriter
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly ResourceClient _client;
    private readonly GatewayApiStatuses _gatewayApi;
    private readonly ProxyConfiguration _configuration;
    private readonly ConnectionRegistry _registry;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<ResourceKey, (string Text, long? Generation)> _written = [];

    public StatusWriter(ResourceClient client, ProxyConfiguration configuration, ConnectionRegistry registry, ILogger logger, TimeProvider clock)
    {
        _client = client;
        _gatewayApi = new GatewayApiStatuses(client, logger, clock);
        _configuration = configuration;
        _registry = registry;
        _logger = logger;
        _clock = clock;
        configuration.Changed += Wake;
        registry.RefusalsChanged += Wake;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var backoff = new Backoff(Quiet, LongestPause);
        try
        {
            while (await _signal.Reader.ReadAsync(cancellationToken))
            {
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
        var verdicts = Verdicts();
        var objects = Objects().ToDictionary(item => item.Key, item => item.Metadata.Generation);
        var ok = await _gatewayApi.WriteAsync(_configuration.Snapshot, cancellationToken);
        foreach (var key in verdicts.Keys.Union(_written.Keys).Union(Unreconciled()).ToList())
        {
            var verdict = verdicts.GetValueOrDefault(key, Verdict.Good);
            var now = (verdict.ToText(), objects.GetValueOrDefault(key));
            var isSaid = now.Item2 is not null && _written.GetValueOrDefault(key) == now;
            if (isSaid || await TryWriteAsync(key, verdict, cancellationToken))
            {
                Remember(key, verdicts.ContainsKey(key), now);
            }
            else
            {
                ok = false;
            }
        }

        return ok;
    }

    private void Remember(ResourceKey key, bool hasVerdict, (string Text, long? Generation) now)
    {
        if (hasVerdict)
        {
            _written[key] = now;
        }
        else
        {
            _written.Remove(key);
        }
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

    private Dictionary<ResourceKey, Verdict> Verdicts()
    {
        var problems = MeshAnalysis.Analyze(_configuration.Snapshot).Where(problem => problem.Key is not null && KindOf(problem.Key) is not null).ToLookup(problem => problem.Key!);
        var refusals = Refusals().Distinct().ToLookup(refusal => refusal.Origin, refusal => refusal.Text);
        return problems.Select(group => group.Key).Union(refusals.Select(group => group.Key))
            .ToDictionary(key => key, key => new Verdict([.. problems[key]], [.. refusals[key].Order(StringComparer.Ordinal)]));
    }

    private IEnumerable<(ResourceKey Origin, string Text)> Refusals()
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
                    yield return (origin, text);
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

    /// <summary>Objects whose status still complains, perhaps since before this control plane was started.</summary>
    private IEnumerable<ResourceKey> Unreconciled() => Objects()
        .Where(item => item.Messages?.Count > 0 || item.Conditions?.Any(condition => condition is { Type: Verdict.Condition, Status: not "True" }) == true)
        .Select(item => item.Key);

    private IEnumerable<MeshObject> Objects()
    {
        var resources = _configuration.Snapshot.Resources;
        return resources.VirtualServices.Select(item => Object(item, item.Status?.Conditions, item.Status?.ValidationMessages))
            .Concat(resources.DestinationRules.Select(item => Object(item, item.Status?.Conditions, item.Status?.ValidationMessages)))
            .Concat(resources.ServiceEntries.Select(item => Object(item, item.Status?.Conditions, item.Status?.ValidationMessages)))
            .Concat(resources.Gateways.Select(item => Object(item, item.Status?.Conditions, item.Status?.ValidationMessages)))
            .Concat(resources.AuthorizationPolicies.Select(item => Object(item, item.Status?.Conditions, item.Status?.ValidationMessages)))
            .Concat(resources.RequestAuthentications.Select(item => Object(item, item.Status?.Conditions, item.Status?.ValidationMessages)))
            .Concat(resources.Sidecars.Select(item => Object(item, item.Status?.Conditions, item.Status?.ValidationMessages)));
    }

    private static MeshObject Object<T>(T item, IReadOnlyList<Condition>? conditions, IReadOnlyList<JsonElement>? messages)
        where T : Resource =>
        new(new ResourceKey(KindCatalog.Of<T>().Group, KindCatalog.Of<T>().Kind, item.Metadata.Namespace, item.Metadata.Name!), item.Metadata, conditions, messages);

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

    private sealed record MeshObject(ResourceKey Key, ObjectMeta Metadata, IReadOnlyList<Condition>? Conditions, IReadOnlyList<JsonElement>? Messages);
}
